package ci

import (
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Names of the files that are written for GitLab, in the folder that Config
// names.
const (
	QualityFile = "gl-code-quality-report.json"
	DotenvFile  = "payreconcile.env"
	NoteFile    = "payreconcile-note.md"
)

// A Config says for which system a Report is, and through what it writes.
type Config struct {
	System  System
	Dir     string // of the files for GitLab; "" is the working directory
	Command string
	Getenv  func(string) string
	Stderr  io.Writer         // where the runner reads
	Warn    func(text string) // told of what could not be written
	Now     func() time.Time
}

// A Report gathers what a command found and did, and tells the CI system at
// its end. A nil Report tells nobody. It is not safe for concurrent use.
type Report struct {
	system   System
	command  string
	dir      string
	root, wd string
	getenv   func(string) string
	stderr   io.Writer
	warn     func(string)
	now      func() time.Time
	findings findings
	faults   spec.Errors
	outputs  outputs
	troubles map[apply.Status][]apply.Result
	told     bool // the summary has the plan or the run
	complete bool // the run said whether it has to be resumed
}

// New returns the report for a system, nil when there is none.
func New(c Config) *Report {
	if c.System == None || c.System == "" {
		return nil
	}
	r := &Report{system: c.System, command: c.Command, dir: c.Dir, getenv: c.Getenv, stderr: c.Stderr, warn: c.Warn, now: c.Now}
	r.wd, _ = os.Getwd() // places are less exact without it
	r.wd = resolved(r.wd)
	if r.root = c.Getenv("GITHUB_WORKSPACE"); c.System == GitLab {
		r.root = c.Getenv("CI_PROJECT_DIR")
	}
	if r.root = resolved(r.root); r.root == "" {
		r.root = r.wd
	}
	return r
}

// resolved is a folder without symbolic links, as far as it can be found.
func resolved(dir string) string {
	if target, err := filepath.EvalSymlinks(dir); err == nil && dir != "" {
		return target
	}
	return dir
}

// Mask makes the runner hide a secret in its log. The command that does this
// shows the secret to whoever reads standard error: a runner, which takes it
// out, but also tee, a file, or a terminal. This program cannot see where its
// standard error ends, so it writes none unless PAYRECONCILE_CI_MASK=true says
// that a runner reads, and unless GitHub itself says that it runs there; a
// flag that asks for the conventions of GitHub does not.
func (r *Report) Mask(reveal func() string) {
	if r == nil || r.system != GitHub {
		return
	}
	if r.getenv("PAYRECONCILE_CI_MASK") == "true" && r.getenv("GITHUB_ACTIONS") == "true" && r.getenv("GITHUB_RUN_ID") != "" {
		r.write(masks(reveal()))
	}
}

// Faults reports what is wrong with what was written.
func (r *Report) Faults(faults spec.Errors) {
	if r == nil {
		return
	}
	for _, f := range faults {
		r.findings.add(faultFinding(f))
	}
	r.faults = append(r.faults, faults...)
}

// Plan reports a plan: what it comes to, and every payment that a person has
// to look at. It goes over the entries and holds few of them.
func (r *Report) Plan(h plan.Header, f plan.Footer, entries func() iter.Seq2[*plan.Entry, error]) {
	if r == nil {
		return
	}
	if err := r.outputs.plan(f); err != nil {
		r.cannot("the outputs of the plan", err)
	}
	if c := f.Counts; c.Blocked+c.InDoubt+c.Drifted > 0 {
		r.look(entries())
	}
	if j := f.Judgement; j != nil {
		for _, d := range j.Denials {
			r.findings.add(denialFinding(d))
		}
		r.findings.more(checkDenied, max(0, j.Denied-int64(len(j.Denials))))
	}
	r.summarise(func(w io.Writer, budget int) error {
		return render.PlanMarkdown(w, h, f, entries, render.MarkdownOptions{Budget: budget, Now: r.now()})
	})
}

// look finds what of a plan a person has to look at.
func (r *Report) look(entries iter.Seq2[*plan.Entry, error]) {
	for e, err := range entries {
		if err != nil {
			r.cannot("the findings of the plan", err)
			return
		}
		for _, x := range entryFindings(e) {
			r.findings.add(x)
		}
	}
}

// Result reports what became of one action.
func (r *Report) Result(x apply.Result) {
	if r == nil {
		return
	}
	f, bad := resultFinding(x)
	if bad {
		r.findings.add(f)
	}
	if bad || x.Status == apply.StatusSkipped {
		r.trouble(x)
	}
}

// Run reports what became of a run for a plan.
func (r *Report) Run(h plan.Header, s apply.Summary) {
	if r == nil {
		return
	}
	r.complete = true
	r.outputs.run(s)
	r.summarise(func(w io.Writer, budget int) error {
		return render.RunMarkdown(w, h, s, r.pressing(), render.MarkdownOptions{Budget: budget})
	})
}

// AuditHead tells of the head of the audit log after a run, as SIZE ROOT. A nil
// Report tells nobody.
func (r *Report) AuditHead(short string) {
	if r != nil {
		r.outputs.set("audit_head", short)
	}
}

// An Ending is how a command ended.
type Ending struct {
	Code    int
	Meaning string // of the code, in words
	Err     error  // what there is to say of it; nil when all was said
	Hint    string // what a person can do
	Resume  bool   // a plan that was begun is left to be resumed
	Runs    bool   // the command is one that applies
}

// Finish tells the CI system everything.
func (r *Report) Finish(e Ending) {
	if r == nil {
		return
	}
	var faults spec.Errors
	var fault *spec.Error
	switch {
	case errors.As(e.Err, &faults):
		r.Faults(faults)
	case errors.As(e.Err, &fault):
		r.Faults(spec.Errors{fault})
	case e.Err != nil:
		r.findings.add(finding{check: checkFailed, title: "payreconcile", message: e.Err.Error(), hint: e.Hint})
	}
	if !r.told && e.Code != 0 && (e.Err != nil || len(r.faults) > 0) {
		r.summarise(func(w io.Writer, budget int) error {
			return render.FailureMarkdown(w, r.command, e.Meaning, e.Err, e.Hint, r.faults, render.MarkdownOptions{Budget: budget})
		})
	}
	r.outputs.number("exit_code", int64(e.Code))
	if e.Runs && !r.complete {
		r.outputs.is("resume_needed", e.Resume)
	}
	if r.system == GitHub {
		r.finishGitHub()
		return
	}
	r.finishGitLab()
}

func (r *Report) finishGitHub() {
	r.annotate("error", errorChecks)
	r.annotate("warning", warningChecks)
	if path := r.getenv("GITHUB_OUTPUT"); path != "" {
		if err := appendTo(path, []byte(r.outputs.gitHub()), 0); err != nil {
			r.cannot("the outputs of the step", err)
		}
	}
}

func (r *Report) finishGitLab() {
	quality, err := r.quality()
	if err == nil {
		err = r.put(QualityFile, quality)
	}
	if err != nil {
		r.cannot(QualityFile, err)
	}
	text, left := r.outputs.dotenv()
	if len(left) > 0 {
		r.warn(DotenvFile + " has no room for " + strings.Join(left, ", ") + ": GitLab reads at most 5 KiB of it")
	}
	if err := r.put(DotenvFile, []byte(text)); err != nil {
		r.cannot(DotenvFile, err)
	}
}

// put writes a file for GitLab.
func (r *Report) put(name string, data []byte) error {
	return replace(filepath.Join(r.dir, name), func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// cannot says that something was not told. Nothing else comes of it.
func (r *Report) cannot(what string, err error) {
	r.warn(what + " cannot be written: " + err.Error() + "; nothing else is affected")
}
