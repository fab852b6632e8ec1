package ci

import (
	"bytes"
	"fmt"
	"io"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// pressingOrder is the order in which results that did not go well are listed.
var pressingOrder = []apply.Status{
	apply.StatusUnknown, apply.StatusRefused, apply.StatusStale, apply.StatusBlocked, apply.StatusSkipped,
}

// trouble keeps a result that did not go well. Of each status some are kept,
// so that a thousand that were skipped do not push out the one in doubt.
func (r *Report) trouble(x apply.Result) {
	if r.troubles == nil {
		r.troubles = map[apply.Status][]apply.Result{}
	}
	if len(r.troubles[x.Status]) < mostKept {
		r.troubles[x.Status] = append(r.troubles[x.Status], x)
	}
}

// pressing are the results that were kept, the most pressing first.
func (r *Report) pressing() (list []apply.Result) {
	for _, s := range pressingOrder {
		list = append(list, r.troubles[s]...)
	}
	return list
}

// summarise writes what people read: the summary of a step on GitHub, a note
// for a merge request on GitLab.
func (r *Report) summarise(write func(w io.Writer, budget int) error) {
	r.told = true
	what, tell := "the summary of the step", r.stepSummary
	if r.system == GitLab {
		what, tell = NoteFile, r.note
	}
	if err := tell(write); err != nil {
		r.cannot(what, err)
	}
}

// stepSummary appends to the summary of the step, which GitHub drops as a whole
// when it is larger than it shows.
func (r *Report) stepSummary(write func(w io.Writer, budget int) error) error {
	path := r.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	size, err := sizeOf(path)
	if err != nil {
		return err
	}
	budget := render.MarkdownSummary - size - 1
	if budget < render.MarkdownSmallest {
		return fmt.Errorf("%d bytes are in it already, and GitHub shows at most %d", size, render.MarkdownSummary)
	}
	var b bytes.Buffer
	if size > 0 {
		b.WriteByte('\n')
	}
	if err := write(&b, int(budget)); err != nil {
		return err
	}
	return appendTo(path, b.Bytes(), render.MarkdownSummary)
}

// note writes the note for a merge request, as long as a comment may be.
func (r *Report) note(write func(w io.Writer, budget int) error) error {
	var b bytes.Buffer
	if err := write(&b, render.MarkdownComment); err != nil {
		return err
	}
	return r.put(NoteFile, b.Bytes())
}
