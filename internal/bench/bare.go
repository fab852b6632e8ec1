package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// bareMain is the bare client: it signs, makes the calls over as many
// connections, fails on any status but 200 and 201, and throws the bodies away.
func bareMain(args []string) error {
	f := flag.NewFlagSet("bare", flag.ExitOnError)
	url := f.String("url", "", "platform")
	what := f.String("what", "plan", "plan: one read; apply: read, capture, read")
	n := f.Int("n", 0, "payments")
	conns := f.Int("connections", 16, "connections")
	_ = f.Parse(args)
	transport := &http.Transport{
		MaxIdleConnsPerHost: *conns, MaxConnsPerHost: *conns, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	}
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range *conns {
		wg.Go(func() {
			c := &bareClient{client: client, url: *url, mac: hmac.New(sha256.New, []byte(secret))}
			for failed.Load() == nil {
				i := next.Add(1) - 1
				if i >= int64(*n) {
					return
				}
				if err := c.payment(*what, firstID+i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

type bareClient struct {
	client *http.Client
	url    string
	mac    hash.Hash
	date   string
	second int64
	decode func([]byte) error // nil throws the answer away
}

func (c *bareClient) payment(what string, id int64) error {
	details := fmt.Sprintf("/v2/%s/payments/%d_0/details", merchant, id)
	if err := c.call(http.MethodGet, details, "", ""); err != nil || what == "plan" {
		return err
	}
	body := `{"amount":1000,"isFinal":false,"operationReferences":{"merchantReference":"pr:c:0-1000"}}`
	if err := c.call(http.MethodPost, fmt.Sprintf("/v2/%s/payments/%d_0/capture", merchant, id), body, "bare-"+strconv.FormatInt(id, 10)); err != nil {
		return err
	}
	return c.call(http.MethodGet, details, "", "")
}

const metaInfo = "eyJwbGF0Zm9ybUlkZW50aWZpZXIiOiJiYXJlIiwic2RrSWRlbnRpZmllciI6ImJhcmUiLCJzZGtDcmVhdG9yIjoiYmFyZSIsImludGVncmF0b3IiOiJiYXJlIn0="

func (c *bareClient) call(method, path, body, key string) error {
	if now := time.Now(); now.Unix() != c.second {
		c.second, c.date = now.Unix(), now.UTC().Format(http.TimeFormat)
	}
	var content string
	var r io.Reader
	if body != "" {
		content, r = "application/json", strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.url+path, r)
	if err != nil {
		return err
	}
	h := req.Header
	h.Set("Date", c.date)
	h.Set("X-GCS-ServerMetaInfo", metaInfo)
	sign := method + "\n" + content + "\n" + c.date + "\n"
	if body != "" {
		h.Set("Content-Type", content)
		h.Set("X-GCS-Idempotence-Key", key)
		sign += "x-gcs-idempotence-key:" + key + "\n"
	}
	c.mac.Reset()
	_, _ = io.WriteString(c.mac, sign+"x-gcs-servermetainfo:"+metaInfo+"\n"+path+"\n")
	h.Set("Authorization", "GCS v1HMAC:"+keyID+":"+base64.StdEncoding.EncodeToString(c.mac.Sum(nil)))
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := c.read(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return nil
}

func (c *bareClient) read(body io.Reader) error {
	if c.decode == nil {
		_, err := io.Copy(io.Discard, body)
		return err
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return c.decode(data)
}
