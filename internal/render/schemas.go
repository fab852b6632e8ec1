package render

//go:generate go run ./schemagen -source . -out ../../docs/schema

// Documents returns an empty document of every kind that this package writes
// as JSON, by the name of its schema.
func Documents() map[string]any {
	return map[string]any{
		"validation":   ValidationDocument{},
		"plan":         PlanDocument{},
		"run":          RunDocument{},
		"journal":      JournalDocument{},
		"check":        CheckDocument{},
		"sandbox":      SandboxDocument{},
		"version":      VersionDocument{},
		"plan_diff":    DiffDocument{},
		"plan_verify":  VerifyDocument{},
		"drift":        DriftDocument{},
		"schemas":      SchemasDocument{},
		"error":        ErrorDocument{},
		"stream":       StreamMessage{},
		"approval":     ApprovalDocument{},
		"approvals":    ApprovalsDocument{},
		"key":          KeyDocument{},
		"statement":    StatementDocument{},
		"import":       ImportDocument{},
		"doctor":       DoctorDocument{},
		"audit_head":   AuditHeadDocument{},
		"audit_verify": AuditVerifyDocument{},
		"audit_export": AuditExportDocument{},
		"audit_prove":  AuditProveDocument{},
		"audit_check":  AuditCheckDocument{},
	}
}
