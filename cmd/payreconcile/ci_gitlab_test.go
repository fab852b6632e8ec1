package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// gitlabScript is the script of a job of the template.
func gitlabScript(t *testing.T, name string) string {
	t.Helper()
	all := map[string]yaml.Node{}
	readYAML(t, "gitlab/payreconcile.gitlab-ci.yml", &all)
	var job struct{ Script []string }
	node := all[name]
	require.NoError(t, node.Decode(&job))
	require.NotEmpty(t, job.Script, name)
	return strings.Join(job.Script, "\n")
}

// gitlabJob runs a job of the template, in the shell that every image has, and
// returns the variables that it leaves to later jobs.
func (r *ciRunner) gitlabJob(t *testing.T, name, dir string, environ ...string) (int, string, []string) {
	t.Helper()
	environ = append([]string{
		"GITLAB_CI=true", "PAYRECONCILE_CI=gitlab", "CI_PROJECT_DIR=" + dir, "PAYRECONCILE_MANIFESTS=payments", "PAYRECONCILE_APPROVALS_DIR=",
		"CI_PIPELINE_SOURCE=push", "CI_API_V4_URL=https://gitlab.example/api/v4", "CI_PROJECT_ID=5", "CI_MERGE_REQUEST_IID=42",
		"CI_COMMIT_SHA=abc123", "CI_PIPELINE_ID=7", "CI_PIPELINE_URL=https://gitlab.example/p/7", "PAYRECONCILE_NOTE_TOKEN=token",
	}, environ...)
	code, log := r.script(t, "sh", gitlabScript(t, name), dir, environ...)
	b, err := os.ReadFile(filepath.Join(dir, "payreconcile.env"))
	if err != nil {
		return code, log, nil
	}
	return code, log, strings.Split(strings.TrimSpace(string(b)), "\n")
}

// fakeCurl keeps the notes of a merge request in a file, as GitLab does.
const fakeCurl = `
grep -q '^header = "PRIVATE-TOKEN: token"$' # what --config - reads
echo "$*" >>"$RECORD/calls"
notes=$RECORD/notes.json
[ -e "$notes" ] || echo '[{"id":1,"author":{"id":3},"body":"<!-- payreconcile: plan -->\nnot ours"}]' >"$notes"
method=GET url= body= out=/dev/stdout
while [ $# -gt 0 ]; do
  case $1 in
    --request) method=$2; shift ;;
    --data-urlencode) body=${2#body@}; shift ;;
    --output) out=$2; shift ;;
    --config) shift ;;
    --fail|--silent|--show-error) ;;
    *) url=$1 ;;
  esac
  shift
done
base=https://gitlab.example/api/v4
case "$method $url" in
  "GET $base/user") echo '{"id":9}' ;;
  "GET $base/projects/5/merge_requests/42/notes?per_page=100&page=1") cat "$notes" ;;
  "GET $base/projects/5/merge_requests/42/notes?per_page=100&page="*) echo '[]' ;;
  "POST $base/projects/5/merge_requests/42/notes")
    jq --rawfile body "$body" '. + [{"id":77,"author":{"id":9},"body":$body}]' "$notes" >"$notes.new" ;;
  "PUT $base/projects/5/merge_requests/42/notes/"*)
    jq --rawfile body "$body" --argjson id "${url##*/}" 'map(if .id == $id then .body = $body else . end)' "$notes" >"$notes.new" ;;
  *) exit 22 ;;
esac
if [ -e "$notes.new" ]; then mv "$notes.new" "$notes"; echo '{}' >"$out"; fi
`

// A merge request shows its plan in one note, which the next push edits; the
// default branch applies it; the runner dies; a job on another machine
// resumes, and every payment is captured once.
func TestGitLabRoundTrip(t *testing.T) {
	t.Parallel()
	r := newCIRunner(t)
	r.program(t, "curl", fakeCurl)
	mr := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(mr, "payments"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(mr, "payments", "shop.yaml"), []byte("kind: Sale\n"), 0o600))
	const request = "CI_PIPELINE_SOURCE=merge_request_event"

	code, log, vars := r.gitlabJob(t, "payments:plan", mr, request)
	require.Equal(t, exitUsage, code, log)
	require.Contains(t, vars, "PAYRECONCILE_EXIT_CODE=3")
	code, log, _ = r.gitlabJob(t, "payments:note", mr, vars...)
	require.Zero(t, code, log)
	require.Contains(t, r.recorded(t, "notes.json"), "did not run")

	declare(t, mr, 12, "2.50")
	code, log, vars = r.gitlabJob(t, "payments:plan", mr, request)
	require.Zero(t, code, log)
	require.Contains(t, vars, "PAYRECONCILE_ACCEPT=12:EUR:30.00")
	code, log, _ = r.gitlabJob(t, "payments:note", mr, vars...)
	require.Zero(t, code, log)
	notes := r.recorded(t, "notes.json")
	require.Contains(t, notes, "Commit abc123, [pipeline 7](https://gitlab.example/p/7)")
	require.Contains(t, notes, "12 calls on 12 payments")
	require.NotContains(t, notes, "did not run")
	require.Contains(t, notes, "not ours")
	require.Equal(t, 1, strings.Count(r.recorded(t, "calls"), "--request POST"))
	require.Equal(t, 1, strings.Count(r.recorded(t, "calls"), "--request PUT"))
	require.NotContains(t, r.recorded(t, "calls"), "token", "the token is in no argument")

	other := t.TempDir()
	plan, err := os.ReadFile(filepath.Join(mr, "payreconcile.plan"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(other, "payreconcile.plan"), plan, 0o600))
	code, log, vars = r.gitlabJob(t, "payments:apply", other, append(vars, envKillAfter+"=9", "PAYRECONCILE_PARALLELISM=1")...)
	require.NotZero(t, code, log)
	require.NotContains(t, log, "payreconcile:")
	require.Contains(t, r.captured(t, 12), 1)
	require.Contains(t, r.captured(t, 12), 0)
	require.Empty(t, vars, "a runner that died said nothing")

	third := t.TempDir()
	code, log, vars = r.gitlabJob(t, "payments:resume", third)
	require.Zero(t, code, log)
	require.Contains(t, vars, "PAYRECONCILE_RESUME_NEEDED=false")
	require.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, r.captured(t, 12))

	code, log, vars = r.gitlabJob(t, "payments:plan", mr)
	require.Zero(t, code, log)
	require.Contains(t, vars, "PAYRECONCILE_HAS_CHANGES=false")
	code, log, _ = r.gitlabJob(t, "payments:apply", mr, vars...)
	require.Zero(t, code, log)
	require.Contains(t, log, "There is nothing to apply.")
}

// A blocked payment fails a merge request, and not what is planned after the
// merge.
func TestGitLabBlocked(t *testing.T) {
	t.Parallel()
	r := newCIRunner(t)
	dir := t.TempDir()
	declare(t, dir, 2, "9999999.00")
	code, log, vars := r.gitlabJob(t, "payments:plan", dir, "CI_PIPELINE_SOURCE=merge_request_event")
	require.Equal(t, exitPartial, code, log)
	require.Contains(t, vars, "PAYRECONCILE_BLOCKED=2")
	code, log, _ = r.gitlabJob(t, "payments:plan", dir)
	require.Zero(t, code, log)
}
