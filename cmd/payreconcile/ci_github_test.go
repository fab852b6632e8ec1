package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
)

// A githubJob runs the example action on a machine of its own.
type githubJob struct {
	*ciRunner
	action  ciAction
	dir     string
	outputs map[string]string
	log     string
}

func (r *ciRunner) githubJob(t *testing.T) *githubJob {
	t.Helper()
	j := &githubJob{ciRunner: r, dir: t.TempDir()}
	readYAML(t, "github/action.yml", &j.action)
	return j
}

var expression = regexp.MustCompile(`\$\{\{ *([\w.-]+) *\}\}`)

// step runs one step of the action with these inputs, NAME=VALUE, and further
// variables.
func (j *githubJob) step(t *testing.T, name string, inputs map[string]string, environ ...string) int {
	t.Helper()
	known := map[string]string{
		"github.token": "token", "github.event.pull_request.number": "42", "github.event.pull_request.head.sha": "abc123",
		"steps.run.outputs.exit_code": j.outputs["exit_code"], "inputs.binary": "payreconcile",
	}
	for input, i := range j.action.Inputs {
		if _, set := known["inputs."+input]; !set {
			known["inputs."+input] = i.Default
		}
	}
	for input, value := range inputs {
		require.Contains(t, j.action.Inputs, input)
		known["inputs."+input] = value
	}
	for _, s := range j.action.Runs.Steps {
		if s.ID != name && s.Name != name {
			continue
		}
		for key, value := range s.Env {
			environ = append(environ, key+"="+expression.ReplaceAllStringFunc(value, func(e string) string {
				got, is := known[expression.FindStringSubmatch(e)[1]]
				require.True(t, is, "nobody knows %s", e)
				return got
			}))
		}
		output := filepath.Join(j.dir, "github-output")
		require.NoError(t, os.WriteFile(output, nil, 0o600))
		environ = append(environ, "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=7", "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+filepath.Join(j.dir, "summary.md"),
			"GITHUB_WORKSPACE="+j.dir, "RUNNER_TEMP="+j.dir, "GITHUB_REPOSITORY=shop/payments", "GITHUB_SERVER_URL=https://github.example")
		code, log := j.script(t, "bash", s.Run, j.dir, environ...)
		j.log = log
		if s.ID == "run" {
			j.outputs = githubOutputs(t, output)
		}
		return code
	}
	t.Fatalf("the action has no step %s", name)
	return 0
}

// githubOutputs reads what a step has set.
func githubOutputs(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	found := map[string]string{}
	for lines := strings.Split(string(b), "\n"); len(lines) > 1; lines = lines[1:] {
		if name, end, is := strings.Cut(lines[0], "<<"); is {
			require.Equal(t, end, lines[2])
			found[name], lines = lines[1], lines[2:]
			continue
		}
		name, value, _ := strings.Cut(lines[0], "=")
		found[name] = value
	}
	return found
}

// fakeGH keeps the comments of a pull request in a file, as GitHub does.
const fakeGH = `
[ "$GH_TOKEN" = token ] && [ "$1" = api ]
echo "$*" >>"$RECORD/calls"
comments=$RECORD/comments.json
[ -e "$comments" ] || echo '[{"id":1,"user":{"type":"User"},"body":"<!-- payreconcile: plan -->\nnot ours"},{"id":2,"user":{"type":"Bot"},"body":"of another bot"}]' >"$comments"
jq= method=GET url= body=
while [ $# -gt 1 ]; do
  case $2 in
    --jq) jq=$3; shift ;;
    --method) method=$3; shift ;;
    --field) body=${3#body=@}; shift ;;
    --paginate|--silent) ;;
    *) url=$2 ;;
  esac
  shift
done
case $method in
  GET) [ "$url" = "repos/shop/payments/issues/42/comments?per_page=100" ] && command jq -r "$jq" "$comments" ;;
  POST)
    [ "$url" = repos/shop/payments/issues/42/comments ]
    command jq --rawfile body "$body" '. + [{"id":77,"user":{"type":"Bot"},"body":$body}]' "$comments" >"$comments.new" ;;
  PATCH)
    command jq --rawfile body "$body" --argjson id "${url##*/}" 'map(if .id == $id then .body = $body else . end)' "$comments" >"$comments.new" ;;
esac
if [ -e "$comments.new" ]; then mv "$comments.new" "$comments"; fi
`

const showStep = "Show the plan in the pull request"

// A pull request shows its plan in one comment, which the next push edits; a
// merge applies the plan; the runner dies; a job on another machine resumes,
// and every payment is captured once.
func TestGitHubRoundTrip(t *testing.T) {
	t.Parallel()
	r := newCIRunner(t)
	r.program(t, "gh", fakeGH)
	inputs := map[string]string{"command": "plan", "comment": "true"}

	// The first push has a fault in it.
	pr := r.githubJob(t)
	require.NoError(t, os.MkdirAll(filepath.Join(pr.dir, "payments"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(pr.dir, "payments", "shop.yaml"), []byte("kind: Sale\n"), 0o600))
	require.Equal(t, exitUsage, pr.step(t, "run", inputs), "%s", pr.log)
	require.Contains(t, pr.log, "\n::error file=payments/shop.yaml,line=1,")
	require.Contains(t, pr.log, "::add-mask::correct horse\n")
	require.Equal(t, "3", pr.outputs["exit_code"])
	require.Zero(t, pr.step(t, showStep, inputs), "%s", pr.log)
	require.Contains(t, r.recorded(t, "comments.json"), `## There is no plan\n\npayreconcile ended with exit code 3`)

	// The second one has a plan, in the place of the comment about the fault.
	declare(t, pr.dir, 12, "2.50")
	require.Zero(t, pr.step(t, "run", inputs), "%s", pr.log)
	require.Equal(t, "true", pr.outputs["has_changes"])
	require.Equal(t, "12:EUR:30.00", pr.outputs["accept"])
	require.Zero(t, pr.step(t, showStep, inputs), "%s", pr.log)
	comments := r.recorded(t, "comments.json")
	require.Contains(t, comments, "`"+pr.outputs["plan_id"]+"`")
	require.Contains(t, comments, "Commit `abc123`, [run 7](https://github.example/shop/payments/actions/runs/7)")
	require.NotContains(t, comments, "There is no plan")
	require.Contains(t, comments, "not ours")
	require.Contains(t, comments, "of another bot")
	require.Equal(t, 3, strings.Count(comments, `"id":`))
	require.Equal(t, 1, strings.Count(r.recorded(t, "calls"), "--method POST"))
	require.Equal(t, 1, strings.Count(r.recorded(t, "calls"), "--method PATCH repos/shop/payments/issues/comments/77"))
	summary, err := os.ReadFile(filepath.Join(pr.dir, "summary.md"))
	require.NoError(t, err)
	require.Contains(t, string(summary), pr.outputs["plan_id"])

	// After the merge another machine applies the file, and dies.
	merged := r.githubJob(t)
	plan, err := os.ReadFile(filepath.Join(pr.dir, "payreconcile.plan"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(merged.dir, "payreconcile.plan"), plan, 0o600))
	apply := map[string]string{"command": "apply", "args": "--concise\n--lock-timeout=1m\n", "accept": "12:EUR:30.01"}
	require.Equal(t, exitApproval, merged.step(t, "run", apply), "%s", merged.log)
	require.Equal(t, "false", merged.outputs["resume_needed"])
	apply["accept"] = pr.outputs["accept"]
	require.NotZero(t, merged.step(t, "run", apply, envKillAfter+"=9", "PAYRECONCILE_PARALLELISM=1"), "%s", merged.log)
	require.NotContains(t, merged.log, "payreconcile:")
	require.Contains(t, r.captured(t, 12), 1)
	require.Contains(t, r.captured(t, 12), 0)
	require.Empty(t, merged.outputs["resume_needed"], "a runner that died said nothing, and the resume job runs")

	// A job on a third machine finishes it.
	third := r.githubJob(t)
	require.Zero(t, third.step(t, "run", map[string]string{"command": "resume", "args": "--concise"}), "%s", third.log)
	require.Equal(t, "false", third.outputs["resume_needed"])
	require.Equal(t, "0", third.outputs["in_doubt"])
	require.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, r.captured(t, 12))

	// The plan is used up, and the next one has nothing to do.
	require.Equal(t, exitStalePlan, merged.step(t, "run", apply), "%s", merged.log)
	require.Zero(t, pr.step(t, "run", inputs), "%s", pr.log)
	require.Equal(t, "false", pr.outputs["has_changes"])
}

// A blocked payment fails a pull request, and not what is planned after the
// merge.
func TestGitHubBlocked(t *testing.T) {
	t.Parallel()
	r := newCIRunner(t)
	j := r.githubJob(t)
	declare(t, j.dir, 2, "9999999.00")
	require.Equal(t, exitPartial, j.step(t, "run", map[string]string{"command": "plan"}), "%s", j.log)
	require.Equal(t, "2", j.outputs["blocked"])
	require.Contains(t, j.log, "::warning file=payments/shop.yaml,line=7,title=blocked::")
	require.Zero(t, j.step(t, "run", map[string]string{"command": "plan", "blocked": "allow"}), "%s", j.log)
	require.Equal(t, "7", j.outputs["exit_code"])
	require.Equal(t, exitUsage, j.step(t, "run", map[string]string{"command": "destroy"}), "%s", j.log)
	require.FileExists(t, filepath.Join(j.dir, "payreconcile.xml"))
}

// Under a policy and approvers, the job applies what two people signed, and
// before they did it ends with 5 and has sent nothing.
func TestGitHubApprovals(t *testing.T) {
	t.Parallel()
	r := newCIRunner(t)
	j := r.githubJob(t)
	declare(t, j.dir, 3, "2.50")
	private := map[string]string{}
	people := "apiVersion: payreconcile/v1\nkind: Approvers\nspec:\n  approvers:\n"
	for _, name := range []string{"ada", "bob"} {
		k, secret, err := approval.Generate(name)
		require.NoError(t, err)
		people += fmt.Sprintf("    - {name: %s, key: %q, accounts: [%s]}\n", name, k.Public(), name)
		private[name] = secret
	}
	for name, text := range map[string]string{
		"payreconcile.yaml": "policy: policy.yaml\napprovers: approvers.yaml\n", "approvers.yaml": people,
		"policy.yaml": "apiVersion: payreconcile/v1\nkind: Policy\nspec:\n  rules:\n    - {name: two, over: plan, when: calls > 2, approvals: 2}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600))
	}
	require.Zero(t, j.step(t, "run", map[string]string{"command": "plan"}), "%s", j.log)
	require.Equal(t, "2", j.outputs["approvals"])
	require.Equal(t, "0", j.outputs["denied"])

	apply := map[string]string{"command": "apply", "accept": j.outputs["accept"], "approvals": "approvals", "args": "--concise"}
	planID := j.outputs["plan_id"]
	for i, name := range []string{"ada", "bob"} {
		require.NoError(t, os.MkdirAll(filepath.Join(j.dir, "approvals"), 0o755))
		require.Equal(t, exitApproval, j.step(t, "run", apply), "%s", j.log)
		require.Contains(t, j.log, "\n::error title=payreconcile::")
		require.Equal(t, []int{0, 0, 0}, r.captured(t, 3))
		code, log := r.script(t, "sh", "payreconcile approve --ci none --plan-id "+planID+" --concise payreconcile.plan && mv payreconcile.plan.*.approval approvals/",
			j.dir, "PAYRECONCILE_APPROVAL_KEY="+private[name])
		require.Zero(t, code, "%d %s", i, log)
	}
	require.Zero(t, j.step(t, "run", apply), "%s", j.log)
	require.Equal(t, []int{1, 1, 1}, r.captured(t, 3))
}
