package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const ciExamples = "../../examples/ci/"

// A ciStep is a step of a composite action or of a job of GitHub.
type ciStep struct {
	ID    string            `yaml:"id"`
	Name  string            `yaml:"name"`
	If    string            `yaml:"if"`
	Uses  string            `yaml:"uses"`
	Shell string            `yaml:"shell"`
	Run   string            `yaml:"run"`
	Env   map[string]string `yaml:"env"`
	With  map[string]any    `yaml:"with"`
}

// A ciAction is a composite action.
type ciAction struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []ciStep
	}
}

func readYAML(t *testing.T, path string, into any) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(ciExamples, path))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, into), path)
	return string(b)
}

// A ciRunner runs the scripts of the examples as a CI system would: each on a
// machine of its own, with the journal and the platform that they share.
type ciRunner struct {
	sb      *sandbox.Sandbox
	environ []string
	bin     string // programs in the place of the real ones
	record  string // what they were told
}

func newCIRunner(t *testing.T) *ciRunner {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash")
	}
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("needs jq")
	}
	sb, err := sandbox.New(sandbox.Config{MerchantID: "shop-eu", APIKeyID: "key", APISecret: "correct horse"})
	require.NoError(t, err)
	sb.SeedPayments(12)
	server := httptest.NewServer(sb)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	r := &ciRunner{sb: sb, bin: filepath.Join(dir, "bin"), record: filepath.Join(dir, "record")}
	for _, d := range []string{r.bin, r.record} {
		require.NoError(t, os.Mkdir(d, 0o755))
	}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "PATH" && !strings.HasPrefix(name, "PAYRECONCILE_") && !strings.HasPrefix(name, "CI") && !strings.HasPrefix(name, "GITHUB_") {
			r.environ = append(r.environ, v)
		}
	}
	r.environ = append(r.environ, "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "RECORD="+r.record,
		"PAYRECONCILE_ENDPOINT="+server.URL, "PAYRECONCILE_MERCHANT_ID=shop-eu", "PAYRECONCILE_API_KEY_ID=key",
		"PAYRECONCILE_API_SECRET=correct horse", "PAYRECONCILE_JOURNAL="+filepath.Join(dir, "journal.db"))
	return r
}

// program puts a script in the place of a program.
func (r *ciRunner) program(t *testing.T, name, script string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(r.bin, name), []byte("#!/usr/bin/env bash\nset -euo pipefail\n"+script), 0o755))
}

// recorded is what a program was told.
func (r *ciRunner) recorded(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.record, name))
	require.NoError(t, err)
	return string(b)
}

// script runs a script in a folder, and returns its exit code and its log.
func (r *ciRunner) script(t *testing.T, shell, script, dir string, environ ...string) (int, string) {
	t.Helper()
	args := []string{"-e", "-c", script}
	if shell == "bash" {
		args = []string{"--noprofile", "--norc", "-eo", "pipefail", "-c", script} // as GitHub calls it
	}
	cmd := exec.CommandContext(t.Context(), shell, args...)
	cmd.Dir, cmd.Env = dir, append(append([]string{}, r.environ...), environ...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v", shell, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// declare writes a manifest that captures from so many payments.
func declare(t *testing.T, dir string, payments int, amount string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {name: x}\nspec:\n  currency: EUR\n  payments:\n")
	for i := 1; i <= payments; i++ {
		fmt.Fprintf(&b, "    - {id: %q, captured: %s}\n", fmt.Sprintf("30%08d_0", i), amount)
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "payments"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "payments", "shop.yaml"), []byte(b.String()), 0o600))
}

// captured is how often each of so many payments was captured.
func (r *ciRunner) captured(t *testing.T, payments int) (counts []int) {
	t.Helper()
	for i := 1; i <= payments; i++ {
		book, err := r.sb.LedgerOf(fmt.Sprintf("30%08d_0", i))
		require.NoError(t, err)
		counts = append(counts, book.Count(sandbox.Capture))
	}
	return counts
}

// A ciWorkflow is a workflow of GitHub.
type ciWorkflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Environment string
		Env         map[string]string
		Concurrency struct {
			Group  string
			Cancel bool `yaml:"cancel-in-progress"`
		}
		Timeout int `yaml:"timeout-minutes"`
		Steps   []ciStep
	}
}

const ownAction = "./.github/actions/payreconcile"

// Actions of others are pinned to a release, scripts take nothing but
// variables, permissions are few, secrets go to the steps that need them, and
// no two jobs work with the journal at a time.
func TestGitHubExampleIsSafe(t *testing.T) {
	t.Parallel()
	var action ciAction
	readYAML(t, "github/action.yml", &action)
	require.Equal(t, "composite", action.Runs.Using)
	for name, o := range action.Outputs {
		require.Equal(t, "${{ steps.run.outputs."+name+" }}", o.Value)
	}
	checkSteps(t, action, action.Runs.Steps)
	files, err := filepath.Glob(ciExamples + "github/workflows/*.yml")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		var workflow ciWorkflow
		text := readYAML(t, "github/workflows/"+filepath.Base(file), &workflow)
		require.NotNil(t, workflow.Permissions)
		require.Empty(t, workflow.Permissions)
		require.NotContains(t, text, "pull_request_target")
		for name, job := range workflow.Jobs {
			require.Empty(t, job.Env, name)
			require.NotEmpty(t, job.Environment, name)
			require.Positive(t, job.Timeout, name)
			for scope, may := range job.Permissions {
				require.Equal(t, map[string]string{"contents": "read", "pull-requests": "write"}[scope], may, "%s: %s", name, scope)
			}
			if name != "plan" {
				require.NotContains(t, job.Permissions, "pull-requests")
				require.Equal(t, "payments-journal", job.Concurrency.Group, name)
				require.False(t, job.Concurrency.Cancel, name)
			}
			checkSteps(t, action, job.Steps)
		}
		for _, m := range regexp.MustCompile(`steps\.(?:plan|apply)\.outputs\.(\w+)`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, action.Outputs, m[1])
		}
	}
}

var release = regexp.MustCompile(`^[\w.-]+/[\w./-]+@v\d+\.\d+\.\d+$`)

func checkSteps(t *testing.T, action ciAction, steps []ciStep) {
	t.Helper()
	require.NotEmpty(t, steps)
	for _, s := range steps {
		switch {
		case s.Run != "":
			require.Equal(t, "bash", s.Shell, s.Name)
			require.NotContains(t, s.Run, "${{", s.Name)
		case s.Uses == ownAction:
			for input := range s.With {
				require.Contains(t, action.Inputs, input)
			}
		default:
			require.Regexp(t, release, s.Uses)
		}
		if strings.HasPrefix(s.Uses, "actions/checkout@") {
			require.Equal(t, false, s.With["persist-credentials"])
		}
		require.NotContains(t, fmt.Sprint(s.With), "secrets.", s.Name)
	}
}

func TestGitLabExampleIsSafe(t *testing.T) {
	t.Parallel()
	all := map[string]yaml.Node{}
	readYAML(t, "gitlab/payreconcile.gitlab-ci.yml", &all)
	type job struct {
		Image         string
		ResourceGroup string `yaml:"resource_group"`
		Interruptible *bool
		Before        []string `yaml:"before_script"`
		Script        []string
	}
	for _, name := range []string{"payments:apply", "payments:resume"} {
		var j job
		node := all[name]
		require.NoError(t, node.Decode(&j))
		require.Equal(t, "payments-journal", j.ResourceGroup, name)
		require.NotNil(t, j.Interruptible, name)
		require.False(t, *j.Interruptible, name)
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	scripts := 0
	for name, node := range all {
		var j job
		if name == "variables" {
			continue
		}
		require.NoError(t, node.Decode(&j), name)
		if j.Image != "" {
			require.Regexp(t, `^[a-z]+:\d+\.\d+`, j.Image, name)
		}
		for _, s := range append(j.Before, j.Script...) {
			scripts++
			out, err := exec.CommandContext(t.Context(), shell, "-n", "-c", s).CombinedOutput()
			require.NoError(t, err, "%s: %s", name, out)
		}
	}
	require.GreaterOrEqual(t, scripts, 5)
}
