package policy

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A reader reads a policy, and gathers its faults.
type reader struct {
	yamlfile.File
	lines  [][]rune       // of the file, to find places in expressions
	names  map[string]int // lines of the rules' names
	policy *Policy
}

func (r *reader) read(data []byte) {
	root := r.Parse(data)
	if faults := r.Faults(); len(faults) > 0 {
		r.quoting(faults[0])
	}
	name, body := r.Document(root, "Policy")
	r.policy.Name = name
	if body == nil {
		return
	}
	fields := r.Fields(body, "spec", "rules")
	switch {
	case fields == nil:
		return
	case fields["rules"] == nil:
		r.Fault(body, "spec.rules", "is missing", "list the rules there, or write rules: [] if there are none")
		return
	}
	items := r.Items(fields["rules"], "spec.rules")
	if len(items) > MaxRules {
		r.Fault(items[MaxRules], "spec.rules", "has "+strconv.Itoa(len(items))+" rules, more than the "+strconv.Itoa(MaxRules)+" possible",
			"put rules together with || where they deny for one reason")
		return
	}
	for i, item := range items {
		if rule := r.rule(item, yamlfile.Index("spec.rules", i)); rule != nil {
			r.policy.rules[rule.over] = append(r.policy.rules[rule.over], rule)
			r.policy.count++
		}
	}
}

// special finds expressions that YAML takes for something else.
var special = regexp.MustCompile(`^\s*(- )?when:\s+(!|&|\*|%|@|("[^"]*"|'[^']*'|\[.*\]|\{.*\})\s*[^\s#])`)

const inBlock = "YAML has a use of its own for the first character of the expression: write when: | and the expression on the next line"

// quoting says so when an expression seems to be why a file is no YAML.
func (r *reader) quoting(f *spec.Error) {
	for i, line := range r.lines {
		if special.MatchString(string(line)) {
			f.Hint = "in line " + strconv.Itoa(i+1) + " " + inBlock
			return
		}
	}
}

// rule reads one rule; nil when something is wrong with it.
func (r *reader) rule(n *yaml.Node, path string) *rule {
	before := len(r.Faults())
	fields := r.Fields(n, path, "name", "over", "when", "deny", "override", "approvals")
	if fields == nil {
		return nil
	}
	at := func(name string) string { return yamlfile.Join(path, name) }
	missing := func(name, hint string) bool {
		if fields[name] == nil {
			r.Fault(n, at(name), "is missing", hint)
			return true
		}
		return false
	}
	out := &rule{}
	if !missing("name", "name the rule, as refund-cap") {
		out.name = r.name(fields["name"], at("name"))
	}
	if !missing("over", "write call, payment or plan: what the rule is asked about") {
		out.over = r.over(fields["over"], at("over"))
	}
	r.effect(out, n, fields, at)
	if !missing("when", "write the expression that has to be true for the rule to apply") {
		out.when = r.when(fields["when"], at("when"), out.over)
	}
	if len(r.Faults()) > before {
		return nil
	}
	return out
}

func (r *reader) name(n *yaml.Node, path string) string {
	text, ok := r.Text(n, path)
	if !ok {
		return ""
	}
	if len(text) > 63 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		r.Fault(n, path, yamlfile.Quote(text)+" is not a name for a rule", "up to 63 lower-case letters, digits and -")
		return ""
	}
	if line, twice := r.names[text]; twice {
		r.Fault(n, path, yamlfile.Quote(text)+" is the name of the rule in line "+strconv.Itoa(line)+" already", "give each rule a name of its own: denials are known by it")
		return ""
	}
	r.names[text] = n.Line
	return text
}

func (r *reader) over(n *yaml.Node, path string) Over {
	text, ok := r.Text(n, path)
	switch over := Over(text); {
	case !ok:
	case over != OverCall && over != OverPayment && over != OverPlan:
		r.Fault(n, path, yamlfile.Quote(text)+" is nothing that a rule can be asked about", yamlfile.Suggest(text, overs))
	default:
		return over
	}
	return ""
}

// effect reads what the rule does when it applies.
func (r *reader) effect(out *rule, n *yaml.Node, fields map[string]*yaml.Node, at func(string) string) {
	deny, approvals, override := fields["deny"], fields["approvals"], fields["override"]
	switch {
	case deny == nil && approvals == nil:
		r.Fault(n, at("deny"), "is missing: the rule has no effect", "write deny: with what is not allowed, or approvals: with a number of people")
	case deny != nil && approvals != nil:
		r.Fault(approvals, at("approvals"), "a rule denies or asks for approvals, not both", "make two rules of it")
	case approvals != nil && override != nil:
		r.Fault(override, at("override"), "belongs to a rule that denies", "leave it out: approvals are what this rule asks for")
	}
	if deny != nil {
		out.deny = r.sentence(deny, at("deny"))
	}
	if override != nil {
		out.override = r.sentence(override, at("override"))
	}
	if approvals != nil {
		out.approvals = r.approvals(approvals, at("approvals"))
	}
}

// sentence reads a text for people, of one line.
func (r *reader) sentence(n *yaml.Node, path string) string {
	text, ok := r.Text(n, path)
	if !ok {
		return ""
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		r.Fault(n, path, "has no value", "write a sentence")
	case len([]rune(text)) > maxText:
		r.Fault(n, path, "is longer than "+strconv.Itoa(maxText)+" characters", "say it in one sentence")
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		r.Fault(n, path, "has a line break or a character that does not print", "say it in one sentence, on one line")
	}
	return text
}

func (r *reader) approvals(n *yaml.Node, path string) int {
	text, ok := r.Text(n, path)
	if !ok {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > MaxApprovals || text != strconv.Itoa(number) {
		r.Fault(n, path, yamlfile.Quote(text)+" is not a number of people", "write a number from 1 to "+strconv.Itoa(MaxApprovals))
		return 0
	}
	return number
}

// when reads and compiles the expression of a rule. Without a known over there
// are no variables to compile it with.
func (r *reader) when(n *yaml.Node, path string, over Over) *expression {
	if n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle != 0 {
		r.Fault(n, path, "begins with !, which is a YAML tag", inBlock)
		return nil
	}
	text, ok := r.Text(n, path)
	switch {
	case !ok || over == "":
		return nil
	case len(text) > MaxExpression:
		r.Fault(n, path, "is longer than "+strconv.Itoa(MaxExpression)+" bytes", "make several rules of it")
		return nil
	case strings.TrimSpace(text) == "":
		r.Fault(n, path, "has no value", "write an expression, such as amount > minor(\"500.00 EUR\") && currency == \"EUR\"")
		return nil
	}
	c := &compiler{over: over, text: text, places: placesOf(r.lines, n, text)}
	e := c.compile()
	for _, f := range c.faults {
		r.Fault(&yaml.Node{Line: f.at.line, Column: f.at.col}, path, f.msg, f.hint)
	}
	return e
}
