package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Flags are what the command line says. A zero field was not given. There is
// none for the secret, which would show in the list of processes.
type Flags struct {
	ConfigFile    string
	SDKConfig     string
	Endpoint      string
	Environment   string
	MerchantID    string
	APIKeyID      string
	APISecretFile string
	Journal       string
	Policy        string
	Approvers     string
	Parallelism   int
	Rate          int
	MaxCalls      int64
	MaxAmount     []string
}

// A given is a value that was given for a setting, and where.
type given struct {
	name   string
	values []string // one, unless the setting is a list
	pos    spec.Pos // File is the flag or variable where there is no line
}

func (g given) text() string { return g.values[0] }

// inFile reports that the value stands in a file, whose folder its paths are
// relative to.
func (g given) inFile() bool { return g.pos.Line > 0 }

// A layer is what one source gives.
type layer map[string]given

// A loader gathers values and what is wrong with them.
type loader struct {
	cfg    *Config
	getenv func(string) string
	layers []layer // the ones that go before first
	faults spec.Errors
}

// Load finds out the configuration from flags, the environment through getenv,
// and files. An empty variable is as good as none. Whatever is wrong is in one
// error, of type spec.Errors; that something is missing is not, see the
// methods of Config whose names start with Require.
//
// Paths in a file are relative to the folder of that file, others to the
// working directory.
func Load(f Flags, getenv func(string) string) (*Config, error) {
	l := &loader{cfg: defaults(), getenv: getenv}
	l.misspelt()
	flags, env := l.flagLayer(f), l.envLayer()
	l.layers = []layer{flags, env}
	l.layers = append(l.layers, l.fileLayer())
	l.layers = append(l.layers, l.sdkLayer())
	for _, s := range table() {
		g, ok := l.find(s.Name)
		if !ok || s.apply == nil {
			continue
		}
		l.cfg.origins[s.Name] = g.pos
		s.apply(l, g)
	}
	l.secret()
	l.where()
	l.limits()
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	return l.cfg, nil
}

func defaults() *Config {
	return &Config{
		Journal: DefaultJournal, Integrator: DefaultIntegrator, Parallelism: DefaultParallelism,
		PlanTTL: DefaultPlanTTL, KeyWindow: DefaultKeyWindow, CallTimeout: DefaultCallTimeout,
		ConnectTimeout: DefaultConnectTimeout, MaxAmount: map[spec.Currency]int64{}, origins: map[string]spec.Pos{},
	}
}

// find returns the value that goes before all others.
func (l *loader) find(name string) (given, bool) {
	for _, in := range l.layers {
		if g, ok := in[name]; ok {
			return g, true
		}
	}
	return given{}, false
}

func (l *loader) fault(g given, msg, hint string) {
	path := ""
	if g.inFile() {
		path = g.name
	}
	l.faults = append(l.faults, &Error{Pos: g.pos, Path: path, Msg: msg, Hint: hint})
}

func (l *loader) flagLayer(f Flags) layer {
	out := layer{}
	put := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			out[name] = given{name: name, values: values, pos: spec.Pos{File: "--" + settingOf(name).Flag}}
		}
	}
	put(setConfig, f.ConfigFile)
	put(setSDKConfig, f.SDKConfig)
	put(setEndpoint, f.Endpoint)
	put(setEnvironment, f.Environment)
	put(setMerchantID, f.MerchantID)
	put(setAPIKeyID, f.APIKeyID)
	put(setAPISecretFile, f.APISecretFile)
	put(setJournal, f.Journal)
	put(setPolicy, f.Policy)
	put(setApprovers, f.Approvers)
	put(setMaxAmount, f.MaxAmount...)
	if f.Parallelism != 0 {
		put(setParallelism, strconv.Itoa(f.Parallelism))
	}
	if f.Rate != 0 {
		put(setRate, strconv.Itoa(f.Rate))
	}
	if f.MaxCalls != 0 {
		put(setMaxCalls, strconv.FormatInt(f.MaxCalls, 10))
	}
	return out
}

func (l *loader) envLayer() layer {
	out := layer{}
	for _, s := range table() {
		if text := l.getenv(s.Env); text != "" {
			g := given{name: s.Name, values: []string{text}, pos: spec.Pos{File: s.Env}}
			if s.list {
				g.values = strings.Split(text, ",")
			}
			out[s.Name] = g
		}
	}
	return out
}

// misspelt finds variables that somebody meant for a setting and that nothing
// reads. A cap that is not in force because of its spelling must not go
// unnoticed.
func (l *loader) misspelt() {
	others := map[string][]string{
		setEndpoint:     {"PAYRECONCILE_URL", "PAYRECONCILE_HOST"},
		setEnvironment:  {"PAYRECONCILE_ENV"},
		setMerchantID:   {"PAYRECONCILE_MERCHANT", "PAYRECONCILE_PSPID"},
		setAPIKeyID:     {"PAYRECONCILE_API_KEY", "PAYRECONCILE_KEY_ID"},
		setAPISecret:    {"PAYRECONCILE_SECRET", "PAYRECONCILE_API_KEY_SECRET", "PAYRECONCILE_SECRET_API_KEY"},
		setMaxAmount:    {"PAYRECONCILE_MAX_AMOUNTS", "PAYRECONCILE_MAX_MONEY"},
		setMaxCalls:     {"PAYRECONCILE_MAX_CALL"},
		setCaptureUnit:  {"PAYRECONCILE_CAPTURE_UNIT"},
		setPolicy:       {"PAYRECONCILE_POLICIES", "PAYRECONCILE_POLICY_FILE"},
		setApprovers:    {"PAYRECONCILE_APPROVER", "PAYRECONCILE_APPROVERS_FILE"},
		setPolicyPin:    {"PAYRECONCILE_POLICY_SHA", "PAYRECONCILE_POLICY_HASH"},
		setApproversPin: {"PAYRECONCILE_APPROVERS_SHA", "PAYRECONCILE_APPROVERS_HASH"},
	}
	const prefix = "PAYRECONCILE_"
	for _, s := range table() {
		closed := prefix + strings.ReplaceAll(strings.TrimPrefix(s.Env, prefix), "_", "")
		for _, name := range append(others[s.Name], closed) {
			if name != s.Env && l.getenv(name) != "" {
				l.faults = append(l.faults, &Error{Pos: spec.Pos{File: name}, Msg: "this variable is not read", Hint: "did you mean " + s.Env + "?"})
			}
		}
	}
}

// fileLayer reads payreconcile.yaml.
func (l *loader) fileLayer() layer {
	g, named := l.find(setConfig)
	path := DefaultFile
	if named {
		path = g.text()
	}
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
	case !named && errors.Is(err, fs.ErrNotExist):
		return layer{}
	case !named:
		l.fault(given{pos: spec.Pos{File: path}}, "cannot be read: "+cause(err), "mend its permissions, or name another file by --config")
		return layer{}
	default:
		l.fault(g, "the file cannot be read: "+cause(err), "check the path; it is relative to the working directory")
		return layer{}
	}
	l.cfg.Files = append(l.cfg.Files, path)
	out, faults := readYAML(path, data)
	l.faults = append(l.faults, faults...)
	return out
}

// sdkLayer reads the properties file of the official SDKs.
func (l *loader) sdkLayer() layer {
	g, ok := l.find(setSDKConfig)
	if !ok {
		return layer{}
	}
	path := l.path(g)
	data, err := os.ReadFile(path)
	if err != nil {
		l.fault(g, "the file cannot be read: "+cause(err), "check the path")
		return layer{}
	}
	l.cfg.Files = append(l.cfg.Files, path)
	p := readProperties(path, data)
	p.check()
	l.faults = append(l.faults, p.faults...)
	l.cfg.Warnings = append(l.cfg.Warnings, p.warnings...)
	return p.layer()
}

// path is a path that was given, as it is to be opened.
func (l *loader) path(g given) string {
	if !g.inFile() || filepath.IsAbs(g.text()) {
		return g.text()
	}
	return filepath.Join(filepath.Dir(g.pos.File), g.text())
}

// cause is what kept a file from being read, without its name.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
