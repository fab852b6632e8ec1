package csvimport_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// BenchmarkRead reads, writes and reads again an export of 20,000 payments.
func BenchmarkRead(b *testing.B) {
	const payments = 20_000
	var text strings.Builder
	text.WriteString("Date;PaymentId;OrderNo;DocNo;Amount;Text\r\n")
	for i := range payments {
		fmt.Fprintf(&text, "21.11.2026;%d_0;order-%d;LS-%d;%d,50;some text\r\n", 3066000000+i, i, i, i%1000+1)
	}
	src := spec.Inline("e.csv", text.String())
	o := options(b, "id=PaymentId,merchantReference=OrderNo,capture=Amount,ref=DocNo")
	o.Decimal = ','
	for b.Loop() {
		w, err := manifest.NewWriter(manifest.Head{})
		require.NoError(b, err)
		_, err = csvimport.Read(b.Context(), src, o, w.Add)
		require.NoError(b, err)
		require.NoError(b, w.WriteTo(b.Context(), io.Discard))
		require.NoError(b, w.Close())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/payments, "ns/payment")
}
