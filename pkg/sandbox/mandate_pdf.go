package sandbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// pdf returns a document of one page that names the mandate, in base64.
func (m *mandate) pdf() string {
	text := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(m.reference)
	page := "BT /F1 12 Tf 60 780 Td (SEPA direct debit mandate) Tj 0 -20 Td (" + text + ") Tj 0 -20 Td (" + m.request.RecurrenceType + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	table := "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table, len(objects)+1, start)
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
