package approval

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// What lists and names in an approvers file may come to.
const (
	maxName  = 100
	maxItems = 100
)

// A fileReader reads an approvers file and gathers what is wrong with it.
type fileReader struct{ *yamlfile.File }

func (r *fileReader) approvers(data []byte) *Approvers {
	a := &Approvers{}
	name, body := r.Document(r.Parse(data), "Approvers")
	if a.Name = name; body == nil {
		return a
	}
	fields := r.Fields(body, "spec", "required", "approvers")
	if fields == nil {
		return a
	}
	list := fields["approvers"]
	if list == nil {
		r.Fault(body, "spec.approvers", "is missing", "list the people who approve, each with name, key and accounts")
		return a
	}
	items := r.items(list, "spec.approvers", MaxApprovers)
	for i, n := range items {
		if p, ok := r.person(n, yamlfile.Index("spec.approvers", i)); ok {
			r.collision(a, &p, n, yamlfile.Index("spec.approvers", i))
			a.People = append(a.People, p)
		}
	}
	if len(items) == 0 && r.Sound(list, "spec.approvers") && list.Kind == yaml.SequenceNode {
		r.Fault(list, "spec.approvers", "is empty", "list at least one person, or leave the file out")
	}
	if n := fields["required"]; n != nil {
		r.required(a, n, len(items))
	}
	return a
}

func (r *fileReader) items(n *yaml.Node, path string, limit int) []*yaml.Node {
	items := r.Items(n, path)
	if len(items) > limit {
		r.Fault(items[limit], path, "has more than "+strconv.Itoa(limit)+" items", "split the file, or leave out who has gone")
		return items[:limit]
	}
	return items
}

// collision refuses two keys that signatures could not tell apart.
func (r *fileReader) collision(a *Approvers, p *Approver, n *yaml.Node, path string) {
	for _, o := range a.People {
		if o.Key != p.Key && o.key.verifier.Name() == p.key.verifier.Name() && o.key.verifier.KeyHash() == p.key.verifier.KeyHash() {
			r.Fault(n, yamlfile.Join(path, "key"), "has the name and hash of the key of "+strconv.Quote(o.Name), "make another key with payreconcile approve keygen")
		}
	}
}

func (r *fileReader) required(a *Approvers, list *yaml.Node, people int) {
	const path = "spec.required"
	for i, n := range r.items(list, path, maxItems) {
		at := yamlfile.Index(path, i)
		fields := r.Fields(n, at, "approvals", "over")
		if fields == nil {
			continue
		}
		q := Requirement{Over: r.money(fields["over"], yamlfile.Join(at, "over"))}
		if number := fields["approvals"]; number == nil {
			r.Fault(n, yamlfile.Join(at, "approvals"), "is missing", "say how many people have to agree")
		} else if text, ok := r.Text(number, yamlfile.Join(at, "approvals")); ok {
			q.Approvals = r.count(number, yamlfile.Join(at, "approvals"), text, people)
		}
		a.Required = append(a.Required, q)
	}
}

// count reads how many people have to agree.
func (r *fileReader) count(n *yaml.Node, path, text string, people int) int {
	v, err := strconv.Atoi(text)
	switch {
	case err != nil || strconv.Itoa(v) != text || v < 1:
		r.Fault(n, path, "is not a number of people", "write 1 or more")
	case v > people:
		r.Fault(n, path, "asks for "+text+" people, and no more than "+strconv.Itoa(people)+" can be counted", "list more, or ask for less")
	}
	return v
}

func (r *fileReader) person(n *yaml.Node, path string) (p Approver, ok bool) {
	fields := r.Fields(n, path, "name", "key", "accounts", "environments", "limits", "expires", "revoked")
	if fields == nil {
		return p, false
	}
	for _, x := range [...]struct{ name, hint string }{
		{"name", "write the name of the person"},
		{"key", "write the public key that payreconcile approve keygen prints"},
		{"accounts", "list the accounts under which the person runs plan; write [] when there are none"},
	} {
		if fields[x.name] == nil {
			r.Fault(n, yamlfile.Join(path, x.name), "is missing", x.hint)
		}
	}
	if f := fields["name"]; f != nil {
		p.Name, ok = r.name(f, yamlfile.Join(path, "name"))
	}
	if f := fields["key"]; f != nil {
		ok = r.key(&p, f, yamlfile.Join(path, "key")) && ok
	} else {
		ok = false
	}
	p.Accounts = r.names(fields["accounts"], yamlfile.Join(path, "accounts"))
	p.Environments = r.names(fields["environments"], yamlfile.Join(path, "environments"))
	if f := fields["environments"]; f != nil && len(p.Environments) == 0 {
		r.Fault(f, yamlfile.Join(path, "environments"), "names none", "leave it out for all environments")
	}
	p.Limits = r.money(fields["limits"], yamlfile.Join(path, "limits"))
	if day := r.date(fields["expires"], yamlfile.Join(path, "expires")); !day.IsZero() {
		p.Expires = day.AddDate(0, 0, 1)
	}
	p.Revoked = r.date(fields["revoked"], yamlfile.Join(path, "revoked"))
	return p, ok
}

func (r *fileReader) key(p *Approver, n *yaml.Node, path string) bool {
	text, ok := r.Text(n, path)
	if !ok {
		return false
	}
	if strings.HasPrefix(text, "PRIVATE+") {
		r.Fault(n, path, "is a private key", "it is no longer a secret: throw it away, make another with payreconcile approve keygen, and write its public key here")
		return false
	}
	var err error
	if p.key, err = parsePublic(text); err != nil {
		r.Fault(n, path, "is not a public key: "+err.Error(), "copy the line that payreconcile approve keygen printed")
		return false
	}
	p.Key = text
	return true
}

// name reads a name of a person, an account or an environment.
func (r *fileReader) name(n *yaml.Node, path string) (string, bool) {
	text, ok := r.Text(n, path)
	switch {
	case !ok:
		return "", false
	case utf8.RuneCountInString(text) > maxName:
		r.Fault(n, path, "is over "+strconv.Itoa(maxName)+" characters long", "shorten it")
	case strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(c rune) bool { return !strconv.IsPrint(c) }) || fold(text) == "":
		r.Fault(n, path, "has a space around it or a character that does not show", "write it in plain letters")
	default:
		return text, true
	}
	return "", false
}

func (r *fileReader) names(list *yaml.Node, path string) (names []string) {
	if list == nil {
		return nil
	}
	for i, n := range r.items(list, path, maxItems) {
		if text, ok := r.name(n, yamlfile.Index(path, i)); ok {
			names = append(names, text)
		}
	}
	return names
}

// money reads a list of amounts, one a currency. It is nil when there is none,
// or one that is wrong.
func (r *fileReader) money(list *yaml.Node, path string) (amounts []spec.Money) {
	if list == nil {
		return nil
	}
	items := r.items(list, path, maxItems)
	if len(items) == 0 && list.Kind == yaml.SequenceNode {
		r.Fault(list, path, "names no amount", "write an amount, such as 10000.00 EUR, or leave it out")
	}
	for i, n := range items {
		at := yamlfile.Index(path, i)
		text, ok := r.Text(n, at)
		if !ok {
			continue
		}
		m, err := spec.ParseMoney(text, "")
		if e, is := errors.AsType[*spec.Error](err); is {
			r.Fault(n, at, e.Msg, e.Hint)
		} else if slices.ContainsFunc(amounts, func(o spec.Money) bool { return o.Currency == m.Currency }) {
			r.Fault(n, at, string(m.Currency)+" is there twice", "keep one of the two")
		} else {
			amounts = append(amounts, m)
		}
	}
	return amounts
}

// date reads a day, which begins at midnight UTC.
func (r *fileReader) date(n *yaml.Node, path string) time.Time {
	if n == nil {
		return time.Time{}
	}
	text, ok := r.Text(n, path)
	if !ok {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 {
		r.Fault(n, path, yamlfile.Quote(text)+" is not a date", "write year, month and day, such as 2027-12-31")
		return time.Time{}
	}
	return day
}
