package conformance_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// vendorVersion is the version of the vendor's client that package.json pins. Of
// those that its registry has, it knows the most operations of the description.
const vendorVersion = "6.2.0"

// A node is one process that makes calls with the vendor's client.
type node struct {
	in     io.Writer
	out    *bufio.Reader
	stderr bytes.Buffer
	kill   context.CancelFunc
}

// An outcome is what the vendor's client made of a call.
type outcome struct {
	Unknown  []string          `json:"unknown"` // paths of fields that it does not take
	Args     []json.RawMessage `json:"args"`    // without those
	Response *struct {
		Status    int             `json:"status"`
		IsSuccess bool            `json:"isSuccess"`
		Body      json.RawMessage `json:"body"`
		Binary    bool            `json:"binary"`
	} `json:"response"`
	Thrown *struct {
		Name    string `json:"name"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Status  int    `json:"status"`
	} `json:"thrown"`
	Idempotence struct {
		RequestTimestamp string `json:"requestTimestamp"`
		ResponseDateTime string `json:"responseDateTime"`
	} `json:"idempotence"`
}

// startNode starts the process, which ends with the test.
func startNode(t *testing.T) *node {
	t.Helper()
	path, err := exec.LookPath("node")
	require.NoError(t, err, "the witness needs Node.js")
	_, err = os.Stat("node_modules/onlinepayments-sdk-nodejs")
	require.NoError(t, err, "the vendor's client is not installed: run make conformance")
	ctx, kill := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "driver.mjs")
	n := &node{kill: kill}
	cmd.Stderr = &n.stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	n.in, n.out = stdin, bufio.NewReader(stdout)
	t.Cleanup(func() {
		defer time.AfterFunc(20*time.Second, kill).Stop()
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait(), n.stderr.String())
	})
	return n
}

// do gives the process an order and reads what it answers into out. A process that
// does not answer is killed.
func (n *node) do(t testing.TB, order map[string]any, out any) {
	t.Helper()
	deadline := time.AfterFunc(20*time.Second, n.kill)
	defer deadline.Stop()
	_, err := n.in.Write(append(encoded(t, order), '\n'))
	require.NoError(t, err, &n.stderr)
	line, err := n.out.ReadBytes('\n')
	require.NoError(t, err, &n.stderr)
	var failed struct{ Failed string }
	require.NoError(t, json.Unmarshal(line, &failed))
	require.Empty(t, failed.Failed)
	require.NoError(t, json.Unmarshal(line, out))
}
