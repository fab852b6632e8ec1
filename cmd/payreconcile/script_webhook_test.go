package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// patience is for how long a script waits for what has to come.
const patience = 20 * time.Second

// cmdPort sets a variable to an address that nobody listens on: port VARIABLE
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

const webhookUse = `
	webhook ready ADDRESS                     waits until somebody listens there
	webhook gone ADDRESS                      waits until nobody does
	webhook post STATUS ADDRESS FILE|size=N [key=ID] [secret=TEXT] [path=PATH] [method=NAME] [unsigned] [twice] [altered] [chunked]`

func cmdWebhook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage:%s", webhookUse)
	}
	switch args[0] {
	case "ready", "gone":
		until(ts, "webhook "+args[0], func() bool { return reached(args[1]) == (args[0] == "ready") })
	case "post":
		if len(args) < 4 {
			ts.Fatalf("usage:%s", webhookUse)
		}
		if got := post(ts, args[2], args[3], args[4:]); got != atoi(ts, args[1]) {
			ts.Fatalf("webhook post: answered with %d instead of %s", got, args[1])
		}
	default:
		ts.Fatalf("usage:%s", webhookUse)
	}
}

func until(ts *testscript.TestScript, what string, done func() bool) {
	for deadline := time.Now().Add(patience); !done(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s: it has not happened", what)
		}
	}
}

func reached(address string) bool {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// post sends one event as it is told, whatever HTTP clients would make of it,
// and returns the status of the answer.
func post(ts *testscript.TestScript, address, body string, words []string) int {
	w := map[string]string{"key": "key", "secret": "correct horse", "path": "/webhooks", "method": "POST"}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		w[name] = value
	}
	var text []byte
	size, large := strings.CutPrefix(body, "size=")
	length := size
	if !large {
		var err error
		text, err = os.ReadFile(ts.MkAbs(body))
		ts.Check(err)
		text = bytes.TrimSpace(text)
		length = strconv.Itoa(len(text))
	}
	signature := webhooks.Sign(w["secret"], text)
	if _, is := w["altered"]; is {
		text = bytes.Replace(text, []byte("1000"), []byte("1001"), 1)
	}
	c, err := net.Dial("tcp", address)
	ts.Check(err)
	defer func() { _ = c.Close() }()
	ts.Check(c.SetDeadline(time.Now().Add(patience)))
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nX-GCS-KeyId: %s\r\n", w["method"], w["path"], w["key"])
	if _, is := w["unsigned"]; !is {
		head += "X-GCS-Signature: " + signature + "\r\n"
	}
	if _, is := w["twice"]; is {
		head += "x-gcs-signature: " + signature + "\r\n"
	}
	if _, is := w["chunked"]; is {
		head += "Transfer-Encoding: chunked\r\n\r\n"
	} else {
		head += "Content-Length: " + length + "\r\n\r\n"
	}
	_, err = io.WriteString(c, head)
	ts.Check(err)
	if _, is := w["chunked"]; is {
		chunk := fmt.Sprintf("10000\r\n%s\r\n", strings.Repeat("x", 0x10000))
		for range atoi(ts, size) / 0x10000 {
			if _, err := io.WriteString(c, chunk); err != nil {
				break // it was told to stop
			}
		}
	} else if !large {
		_, err = c.Write(text)
		ts.Check(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	return answer.StatusCode
}

func (s *scriptSandbox) delivered(ts *testscript.TestScript, args []string) {
	until(ts, "sandbox delivered "+args[0], func() bool {
		n := 0
		for _, d := range s.WebhookDeliveries() {
			if d.State == sandbox.WebhookDelivered {
				n++
			}
		}
		return n == atoi(ts, args[0])
	})
}

func (s *scriptSandbox) reads(ts *testscript.TestScript, args []string) {
	got := s.Requests()["getPaymentDetails"]
	if args[0] == "mark" {
		s.read = got
	} else if want := s.read + int64(atoi(ts, args[0])); got != want {
		ts.Fatalf("sandbox reads: %d since the mark instead of %s", got-s.read, args[0])
	}
}
