package ci

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// An issue is one entry of a code quality report of GitLab.
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

// quality is the code quality report: everything that has a place in the
// repository. The fingerprint of a finding is the same in the next run, also
// when its line moves, so that a merge request shows what is new and what is
// resolved.
func (r *Report) quality() ([]byte, error) {
	list, _ := r.findings.of(slices.Concat(errorChecks, warningChecks)...)
	issues := []issue{}
	seen := map[string]int{}
	for _, x := range list {
		path := relative(r.root, r.wd, x.file)
		if path == "" {
			continue
		}
		id := strings.Join([]string{string(x.check), path, either(x.identity, x.message)}, "\x00")
		seen[id]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", id, seen[id]))
		severity := "minor"
		if severe(x.check) {
			severity = "critical"
		}
		text := shown(x.title) + ": " + shown(x.message)
		if x.hint != "" {
			text += "; " + shown(x.hint)
		}
		issues = append(issues, issue{
			Description: text, CheckName: "payreconcile/" + string(x.check), Fingerprint: hex.EncodeToString(sum[:16]),
			Severity: severity, Location: location{Path: shown(path), Lines: lines{Begin: max(1, x.line)}},
		})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err := e.Encode(issues)
	return b.Bytes(), err
}
