package ci

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// GitHub shows so many annotations of one level a step, and drops the others.
const mostAnnotations = 10

// A property is part of a workflow command.
type property struct{ name, value string }

// command is a line that the runner of GitHub takes for a command:
//
//	::error file=orders.yaml,line=7,title=blocked::payment 3066177123_0: …
//
// No value in it can end it or begin another.
func command(name string, properties []property, message string) string {
	var b strings.Builder
	b.WriteString("::" + name)
	separator := " "
	for _, p := range properties {
		if p.value != "" {
			b.WriteString(separator + p.name + "=" + propertyEscape.Replace(p.value))
			separator = ","
		}
	}
	b.WriteString("::" + dataEscape.Replace(message) + "\n")
	return b.String()
}

var (
	dataEscape     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscape = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// annotation is the command that shows a finding at its line.
func (r *Report) annotation(level string, x finding) string {
	file := relative(r.root, r.wd, x.file)
	p := []property{{"file", shown(file)}}
	message := shown(x.message)
	switch {
	case file == "" && x.file != "":
		message = shown(x.file) + ": " + message
	case file != "" && x.line > 0:
		p = append(p, property{"line", strconv.Itoa(x.line)})
		if x.col > 0 {
			p = append(p, property{"col", strconv.Itoa(x.col)})
		}
	}
	p = append(p, property{"title", shown(x.title)})
	if x.hint != "" {
		message += "\nhint: " + shown(x.hint)
	}
	return command(level, p, message)
}

// annotate writes the findings as annotations. What is more than GitHub shows
// is counted in the last one.
func (r *Report) annotate(level string, checks []check) {
	list, n := r.findings.of(checks...)
	if n > mostAnnotations {
		list = list[:min(len(list), mostAnnotations-1)]
	}
	for _, x := range list {
		r.write(r.annotation(level, x))
	}
	if rest := n - int64(len(list)); rest > 0 {
		r.write(command(level, []property{{"title", "payreconcile"}}, fmt.Sprintf("and %d more, see the summary", rest)))
	}
}

// write writes to the log. A log that cannot be written stops nothing.
func (r *Report) write(text string) { _, _ = io.WriteString(r.stderr, text) }

// masks are the commands that make the runner hide a secret in its log, a line
// of it at a time, since a log is hidden line by line.
func masks(secret string) string {
	var b strings.Builder
	for _, line := range strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(command("add-mask", nil, line))
		}
	}
	return b.String()
}
