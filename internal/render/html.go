package render

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

//go:embed page/*.html page/*.css page/*.js
var pageFiles embed.FS

// defaultRows is how many rows of each table stand in plain HTML.
const defaultRows = 50

// HTMLOptions say how a page is written.
type HTMLOptions struct {
	Now  time.Time // to tell a plan that has expired; zero leaves that to the reader's browser
	Rows int       // how many rows of each table can be read without JavaScript; 0 is 50
}

// PlanHTML writes a plan as a page for the people who answer for the money:
// one file that loads nothing, may run nothing but its own script, and can be
// read without it. All sums and counts are of the whole plan, and what a table
// does not show it counts.
//
// It goes over the entries twice, each time from the first. It keeps the first
// rows of each table, the largest calls of each currency and some thousand
// texts that come again: what it holds does not grow with the plan. Numbers
// that the footer has and the entries do not come to are an error that wraps
// plan.ErrAltered; nothing is written then.
func PlanHTML(w io.Writer, h plan.Header, f plan.Footer, entries func() iter.Seq2[*plan.Entry, error], o HTMLOptions) error {
	if o.Rows <= 0 {
		o.Rows = defaultRows
	}
	s, err := htmlSurveyOf(entries(), o.Rows)
	if err != nil {
		return err
	}
	if err := s.agrees(f); err != nil {
		return err
	}
	templates, err := pageTemplates()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := templates.ExecuteTemplate(out, "page", pageOf(h, f, s, o)); err != nil {
		return outputError(err)
	}
	d := newDataWriter(out)
	if err := d.write(entries()); err != nil {
		return err
	}
	var rows int64
	for _, n := range s.rows {
		rows += n
	}
	if d.rows != rows {
		return errors.New("show the plan: it changed while it was read; show it again")
	}
	if err := templates.ExecuteTemplate(out, "end", pageScript()); err != nil {
		return outputError(err)
	}
	return outputError(out.Flush())
}

func outputError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write output: %w", err)
}

// pageTemplates are parsed when the first page is written.
var pageTemplates = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").ParseFS(pageFiles, "page/*.html")
})

// pageScript is the one script that a page may run.
var pageScript = sync.OnceValue(func() template.JS { return template.JS(pageFile("page/plan.js")) })

func pageFile(name string) string {
	b, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

// pageStyle is the style sheet, with what the head of a printed sheet says.
func pageStyle(running string) template.CSS {
	return template.CSS(pageFile("page/plan.css") + "@page { @top-left { content: " + cssString(running) + "; } }\n")
}

// cssString quotes text for a style sheet: all but letters and digits is
// written by its number (and a space that ends it), so that nothing can end the string or the element.
func cssString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if r < 0x80 && (r == ' ' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\%x `, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// contentPolicy allows this style and this script, if there is one, and nothing
// else.
func contentPolicy(style template.CSS, script template.JS) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	scripts := ""
	if script != "" {
		scripts = "; script-src " + hash(string(script))
	}
	return "default-src 'none'; style-src " + hash(string(style)) + scripts + "; base-uri 'none'; form-action 'none'"
}
