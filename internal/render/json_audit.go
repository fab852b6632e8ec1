package render

import (
	"io"
	"time"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// An AuditHead is a head of the audit log: what the log was when it had so many
// records.
type AuditHead struct {
	// Number of records.
	Size int64 `json:"size"`
	// Root of the hash tree over them, in base64.
	Root string `json:"root"`
	// When the head was made.
	At time.Time `json:"at,omitzero"`
	// Name of the key that signed it; absent when nobody did.
	SignedBy string `json:"signed_by,omitempty"`
	// The head as a note, to be kept where those who write the journal cannot change it.
	Note string `json:"note"`
}

// NewAuditHead is a head as documents hold it.
func NewAuditHead(c audit.Claim, signedBy string) AuditHead {
	return AuditHead{Size: c.Size, Root: c.Root.String(), At: c.At, SignedBy: signedBy, Note: c.Note}
}

// An AuditLog says whose records an audit log is of.
type AuditLog struct {
	// Id of the journal.
	JournalID string `json:"journal_id"`
	// Name of the environment, such as live or test.
	Environment string `json:"environment"`
	// Merchant id (PSPID).
	Merchant string `json:"merchant"`
}

func auditLog(l audit.Log) AuditLog { return AuditLog{l.Journal, l.Environment, l.Merchant} }

// An AuditHeadDocument is what "audit head --json" prints.
type AuditHeadDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=audit_head"`
	// Whose log it is.
	Log AuditLog `json:"log"`
	// The head; absent when nothing is recorded.
	Head *AuditHead `json:"head,omitempty"`
}

// AuditHeadJSON writes an AuditHeadDocument; head is nil when there is none.
func AuditHeadJSON(w io.Writer, l audit.Log, head *AuditHead) error {
	return WriteJSON(w, AuditHeadDocument{FormatVersion, "audit_head", auditLog(l), head})
}

// An AuditVerifyDocument is what "audit verify --json" prints.
type AuditVerifyDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=audit_verify"`
	// Whose log it is.
	Log AuditLog `json:"log"`
	// Nothing was found.
	Sound bool `json:"sound"`
	// Number of records.
	Records int64 `json:"records"`
	// Number of the first record in the journal; 0 when there is none.
	First int64 `json:"first_record"`
	// Number of the last record in the journal; 0 when there is none.
	Last int64 `json:"last_record"`
	// Root of the hash tree over them, in base64.
	Root string `json:"root"`
	// Number of records of which a hash was stored when they were logged.
	Stored int64 `json:"hashed_records"`
	// What the log was held against.
	Heads []AuditVerdict `json:"heads"`
	// What an untouched log does not have; empty when nothing was found.
	Faults []CheckFault `json:"faults"`
	// What this proves, for people.
	Proves []string `json:"proves"`
	// What it cannot exclude, for people.
	Open []string `json:"cannot_exclude"`
}

// An AuditVerdict is what became of a head.
type AuditVerdict struct {
	// Number of records.
	Size int64 `json:"size"`
	// Root of the hash tree over them, in base64.
	Root string `json:"root"`
	// When the head was made; absent of one in its short form.
	At time.Time `json:"at,omitzero"`
	// Where it is from.
	From string `json:"from"`
	// It was kept elsewhere, and given.
	Outside bool `json:"outside"`
	// Names of the keys that it says signed it.
	Signers []string `json:"signers"`
	// The key that was given and did sign it; absent when none did.
	SignedBy string `json:"signed_by,omitempty"`
	// The log had this root at this size.
	Fits bool `json:"fits"`
}

// AuditVerifyJSON writes an AuditVerifyDocument.
func AuditVerifyJSON(w io.Writer, r *audit.Report) error {
	d := AuditVerifyDocument{
		FormatVersion: FormatVersion, Kind: "audit_verify", Log: auditLog(r.Log), Sound: r.Sound(), Records: r.Records,
		First: r.First, Last: r.Last, Root: r.Root.String(), Stored: r.Stored, Heads: []AuditVerdict{}, Faults: []CheckFault{},
		Proves: []string{}, Open: []string{},
	}
	for _, v := range r.Heads {
		d.Heads = append(d.Heads, auditVerdict(v))
	}
	for _, f := range r.Faults {
		d.Faults = append(d.Faults, CheckFault{Seq: f.Seq, Message: f.What})
	}
	if r.Sound() {
		d.Proves, d.Open = auditWords(r)
	}
	return WriteJSON(w, d)
}

func auditVerdict(v audit.Verdict) AuditVerdict {
	out := AuditVerdict{
		Size: v.Size, Root: v.Root.String(), At: v.At, From: v.From, Outside: v.Outside, Signers: v.Signers, SignedBy: v.Signer, Fits: v.Fits,
	}
	if out.Signers == nil {
		out.Signers = []string{}
	}
	return out
}

// An AuditExportDocument is what "audit export --json" prints.
type AuditExportDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=audit_export"`
	// Whose log it is.
	Log AuditLog `json:"log"`
	// The file that was written.
	File string `json:"file"`
	// Number of records in it.
	Records int64 `json:"records"`
	// Number of heads in it.
	Heads int64 `json:"heads"`
	// Root of the hash tree over the records, in base64.
	Root string `json:"root"`
	// SHA-256 of every byte before its last line, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// AuditExportJSON writes an AuditExportDocument.
func AuditExportJSON(w io.Writer, l audit.Log, file string, x audit.Exported) error {
	return WriteJSON(w, AuditExportDocument{FormatVersion, "audit_export", auditLog(l), file, x.Records, x.Heads, x.Root, x.SHA256})
}
