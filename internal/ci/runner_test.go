package ci_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A runnerCommand is a command that the runner of GitHub found in a log.
type runnerCommand struct {
	name       string
	properties map[string]string
	message    string
}

// runnerCommands reads a log as the runner does: a line ends with CR, LF or
// both; a command begins a line with ::, behind spaces or not, or stands
// anywhere in it as ##[…].
func runnerCommands(t testing.TB, log string) (found []runnerCommand) {
	t.Helper()
	for line := range strings.FieldsFuncSeq(log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		require.NotContains(t, line, "##[")
		rest, is := strings.CutPrefix(strings.TrimSpace(line), "::")
		if !is {
			continue
		}
		head, message, closed := strings.Cut(rest, "::")
		if !closed {
			continue
		}
		name, text, _ := strings.Cut(head, " ")
		c := runnerCommand{name: name, properties: map[string]string{}, message: unescape(message)}
		for p := range strings.SplitSeq(text, ",") {
			if key, value, is := strings.Cut(strings.TrimSpace(p), "="); is {
				c.properties[key] = unescape(strings.NewReplacer("%3A", ":", "%2C", ",").Replace(value))
			}
		}
		found = append(found, c)
	}
	return found
}

func unescape(text string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(text)
}

// runnerOutputs reads GITHUB_OUTPUT as the runner does: name=value, or
// name<<DELIMITER, lines, DELIMITER.
func runnerOutputs(t testing.TB, text string) map[string]string {
	t.Helper()
	found := map[string]string{}
	put := func(name, value string) {
		require.NotContains(t, found, name)
		found[name] = value
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, value, plain := strings.Cut(lines[i], "=")
		heredoc, end, is := strings.Cut(lines[i], "<<")
		if !is || (plain && len(name) < len(heredoc)) {
			require.True(t, plain, "%q", lines[i])
			put(name, value)
			continue
		}
		var body []string
		for i++; i < len(lines) && lines[i] != end; i++ {
			body = append(body, lines[i])
		}
		require.Less(t, i, len(lines), "no end of %s", heredoc)
		put(heredoc, strings.Join(body, "\n"))
	}
	return found
}
