package approval_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
)

// The most that can be asked of a check: as many approvers as a file may have,
// and a hundred approvals.
func BenchmarkCheck(b *testing.B) {
	var lines []string
	for i := range approval.MaxApprovers {
		lines = append(lines, fmt.Sprintf("name: P%d, key: KEY(p%d), accounts: []", i, i))
	}
	c := newCast(b, people("[{approvals: 100}]", lines...))
	a := c.approvers()
	h, f := c.plan()
	var files []approval.File
	for i := range 100 {
		files = append(files, c.sign(h, f, fmt.Sprintf("p%d", i), nil))
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			_, err := approval.Parse("a", []byte(c.text))
			require.NoError(b, err)
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			_, err := a.Check(h, f, files, 0, now)
			require.NoError(b, err)
		}
	})
}
