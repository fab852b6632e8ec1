//go:build unix

package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	patience = 30 * time.Second
	implicit = 5000 // milliseconds that an element is waited for
	// elementKey is under which WebDriver names an element.
	elementKey = "element-6066-11e4-a52e-4f735466cecf"
)

// A tab is a browser with one window.
type tab struct {
	t       *testing.T
	session string // URL of the session
	http    *http.Client
}

// find returns the browser and its driver, and skips the test where one is
// missing, unless the environment requires them.
func find(t *testing.T) (browser, driver string) {
	t.Helper()
	for _, program := range []struct {
		path  *string
		names []string
	}{
		{&browser, []string{"chromium", "chromium-browser", "google-chrome"}},
		{&driver, []string{"chromedriver"}},
	} {
		for _, name := range program.names {
			if path, err := exec.LookPath(name); err == nil && *program.path == "" {
				*program.path = path
			}
		}
		if *program.path != "" {
			continue
		}
		if os.Getenv("PAYRECONCILE_BROWSER") == "require" {
			t.Fatalf("%s is not installed and PAYRECONCILE_BROWSER requires it", program.names[0])
		}
		t.Skipf("%s is not installed; with PAYRECONCILE_BROWSER=require this is a failure", program.names[0])
	}
	return browser, driver
}

var listening = regexp.MustCompile(`started successfully on port (\d+)`)

// open starts a browser, which ends with the test.
func open(t *testing.T) *tab {
	t.Helper()
	return openWith(t, map[string]any{})
}

// openWith is open for a browser with preferences.
func openWith(t *testing.T, prefs map[string]any) *tab {
	t.Helper()
	browser, driver := find(t)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	cmd := exec.CommandContext(ctx, driver, "--port=0", "--allowed-ips=127.0.0.1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the browser dies with its driver
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	profile := t.TempDir()
	require.NoError(t, cmd.Start())
	port := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				port <- m[1]
			}
		}
	}()
	b := &tab{t: t, http: &http.Client{Timeout: patience}}
	t.Cleanup(func() {
		if b.session != "" {
			_, _ = b.try(http.MethodDelete, "", nil)
		}
		cancel()
		<-drained
		_ = cmd.Wait() // it was killed
	})
	select {
	case p := <-port:
		b.session = "http://127.0.0.1:" + p + "/session"
	case <-drained:
		t.Fatal("the driver ended before it was ready")
	case <-time.After(patience):
		t.Fatal("the driver does not get ready")
	}
	created := b.do(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"timeouts": map[string]int{"implicit": implicit, "pageLoad": 20000},
		"goog:chromeOptions": map[string]any{"binary": browser, "prefs": prefs, "args": []string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
			"--force-color-profile=srgb", "--window-size=1200,1500", "--user-data-dir=" + profile,
		}},
	}}})
	var session struct {
		ID string `json:"sessionId"`
	}
	require.NoError(t, json.Unmarshal(created, &session))
	b.session += "/" + session.ID
	return b
}

// try sends a command of the WebDriver protocol and returns its value.
func (b *tab) try(method, path string, body any) (json.RawMessage, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), method, b.session+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	resp, err := b.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %d %.400s", method, path, resp.StatusCode, raw)
	}
	var answer struct {
		Value json.RawMessage `json:"value"`
	}
	err = json.Unmarshal(raw, &answer)
	return answer.Value, err
}

func (b *tab) do(method, path string, body any) json.RawMessage {
	b.t.Helper()
	value, err := b.try(method, path, body)
	require.NoError(b.t, err)
	return value
}

func (b *tab) text(method, path string, body any) (text string) {
	b.t.Helper()
	require.NoError(b.t, json.Unmarshal(b.do(method, path, body), &text))
	return text
}

func (b *tab) visit(url string) { b.do(http.MethodPost, "/url", map[string]string{"url": url}) }
func (b *tab) url() string      { return b.text(http.MethodGet, "/url", nil) }
func (b *tab) title() string    { return b.text(http.MethodGet, "/title", nil) }

// element waits for an element and returns its path.
func (b *tab) element(css string) string {
	b.t.Helper()
	var found map[string]string
	value := b.do(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": css})
	require.NoError(b.t, json.Unmarshal(value, &found))
	return "/element/" + found[elementKey]
}

func (b *tab) click(css string) {
	b.t.Helper()
	b.do(http.MethodPost, b.element(css)+"/click", map[string]string{})
}

func (b *tab) enter(css, text string) {
	b.t.Helper()
	b.do(http.MethodPost, b.element(css)+"/value", map[string]string{"text": text})
}

func (b *tab) read(css string) string {
	b.t.Helper()
	return b.text(http.MethodGet, b.element(css)+"/text", nil)
}

// enterFrame makes the tab look into a frame, until it visits another page.
func (b *tab) enterFrame(css string) {
	b.t.Helper()
	id := strings.TrimPrefix(b.element(css), "/element/")
	b.do(http.MethodPost, "/frame", map[string]any{"id": map[string]string{elementKey: id}})
}

// count returns how many elements there are at this moment.
func (b *tab) count(css string) int {
	b.t.Helper()
	b.do(http.MethodPost, "/timeouts", map[string]int{"implicit": 0})
	var found []map[string]string
	value := b.do(http.MethodPost, "/elements", map[string]string{"using": "css selector", "value": css})
	require.NoError(b.t, json.Unmarshal(value, &found))
	b.do(http.MethodPost, "/timeouts", map[string]int{"implicit": implicit})
	return len(found)
}

// script runs a function body in the page and returns what it returns.
func (b *tab) script(body string) any {
	b.t.Helper()
	var value any
	raw := b.do(http.MethodPost, "/execute/sync", map[string]any{"script": body, "args": []any{}})
	require.NoError(b.t, json.Unmarshal(raw, &value))
	return value
}

// clock sets what the pages that are visited from now on take for the time.
func (b *tab) clock(at time.Time) {
	b.t.Helper()
	b.do(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": map[string]any{
		"source": fmt.Sprintf("Date.now = () => %d", at.UnixMilli()),
	}})
}

// clear empties an input and tells the page so.
func (b *tab) clear(css string) {
	b.t.Helper()
	b.do(http.MethodPost, b.element(css)+"/clear", map[string]string{})
	b.script("document.querySelector(" + fmt.Sprintf("%q", css) + ").dispatchEvent(new Event('input', {bubbles: true}))")
}

// print returns the page as a PDF on A4 as its style sheet says.
func (b *tab) print() []byte {
	b.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(b.text(http.MethodPost, "/print", map[string]any{
		"page": map[string]any{"width": 21, "height": 29.7}, "margin": map[string]any{"top": 1.5, "bottom": 1.4, "left": 1.2, "right": 1.2},
	}))
	require.NoError(b.t, err)
	return raw
}

// screenshot returns what the window shows as a PNG.
func (b *tab) screenshot() []byte {
	b.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(b.text(http.MethodGet, "/screenshot", nil))
	require.NoError(b.t, err)
	return raw
}
