package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// sdkSection and sdkPrefix are where the official SDKs have their settings.
const (
	sdkSection = "OnlinePaymentsSDK"
	sdkPrefix  = "onlinePayments.api."
)

// Properties are read as Python's ConfigParser reads them: sections in
// brackets, "key = value" or "key: value", comments on lines of their own that
// start with # or ;, a value that goes on on lines indented further than its
// key. Keys ignore case. A file without any section is taken as Java writes
// them. The doubled dot that the SDKs' own guide prints in keys is taken for
// one.
type properties struct {
	file     string
	values   map[string]given // by key behind the prefix, in lower case
	defaults map[string]given // of the section DEFAULT
	faults   spec.Errors
	warnings []string
}

// readProperties reads the properties file of the official SDKs.
func readProperties(file string, data []byte) *properties {
	p := &properties{file: file, values: map[string]given{}, defaults: map[string]given{}}
	var section, key string
	var indent int
	sections := map[string]bool{}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for i, raw := range strings.Split(text, "\n") {
		line := strings.TrimSpace(raw)
		at := spec.Pos{File: file, Line: i + 1, Col: 1 + len(raw) - len(strings.TrimLeft(raw, " \t"))}
		switch {
		case line == "", line[0] == '#', line[0] == ';', line[0] == '!' && section == "":
		case key != "" && at.Col > indent:
			p.continued(at, key)
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section, key = line[1:len(line)-1], ""
			if sections[section] {
				p.fault(at, "section ["+clip(section)+"] is there twice", "keep one of the two")
			}
			sections[section] = true
		default:
			key, indent = p.option(at, section, line), at.Col
		}
	}
	if len(sections) > 0 && !sections[sdkSection] {
		p.fault(spec.Pos{File: file, Line: 1, Col: 1}, "has no section ["+sdkSection+"]", "write ["+sdkSection+"] above the settings")
	}
	for key, g := range p.defaults {
		if _, own := p.values[key]; !own {
			p.values[key] = g
		}
	}
	return p
}

func (p *properties) fault(at spec.Pos, msg, hint string) {
	p.faults = append(p.faults, &Error{Pos: at, Msg: msg, Hint: hint})
}

// continued handles a line that belongs to the value above.
func (p *properties) continued(at spec.Pos, key string) {
	if strings.HasPrefix(key, strings.ToLower(sdkPrefix)) {
		p.fault(at, "this line is indented and so belongs to the value above", "write every setting on one line, from the first column")
	}
}

// option takes "key = value" and returns the key.
func (p *properties) option(at spec.Pos, section, line string) string {
	cut := strings.IndexAny(line, "=:")
	if cut < 0 {
		if section == sdkSection || section == "" {
			p.fault(at, "is neither a setting, a section nor a comment", "write key = value")
		}
		return ""
	}
	key := strings.ToLower(strings.TrimSpace(line[:cut]))
	for strings.Contains(key, "..") {
		key = strings.ReplaceAll(key, "..", ".")
	}
	into := p.values
	switch section {
	case sdkSection, "":
	case "DEFAULT":
		into = p.defaults
	default:
		return key
	}
	name, ours := strings.CutPrefix(key, strings.ToLower(sdkPrefix))
	if !ours {
		return key
	}
	if _, twice := into[name]; twice {
		p.fault(at, sdkPrefix+clip(name)+" is there twice", "keep one of the two")
		return key
	}
	into[name] = given{values: []string{strings.TrimSpace(line[cut+1:])}, pos: at}
	return key
}

// layer returns the settings that the file has for us. What is wrong is in
// faults, what is left out in warnings.
func (p *properties) layer() layer {
	out := layer{}
	put := func(name, key string) {
		if g, ok := p.values[strings.ToLower(key)]; ok && g.text() != "" {
			g.name = name
			out[name] = g
		}
	}
	put(setIntegrator, "integrator")
	put(setParallelism, "maxConnections")
	put(setCallTimeout, "socketTimeout")
	put(setConnectTimeout, "connectTimeout")
	for _, name := range []string{setCallTimeout, setConnectTimeout} {
		if g, ok := out[name]; ok {
			g.values = []string{sdkDuration(g.text())}
			out[name] = g
		}
	}
	if g, ok := p.endpoint(); ok {
		out[setEndpoint] = g
	}
	return out
}

// sdkDuration gives a time its unit. The SDKs write the same key in seconds
// (Python, Ruby) or in milliseconds (Java, .NET); no sensible value of the one
// is one of the other.
func sdkDuration(text string) string {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return text
	case n < 1000:
		return text + "s"
	}
	return text + "ms"
}

// endpoint puts the endpoint together.
func (p *properties) endpoint() (given, bool) {
	host, ok := p.values["endpoint.host"]
	if !ok || host.text() == "" {
		return given{}, false
	}
	text := func(key, fallback string) string {
		if g, ok := p.values[key]; ok && g.text() != "" {
			return g.text()
		}
		return fallback
	}
	url := text("endpoint.scheme", "https") + "://" + host.text()
	if port := text("endpoint.port", "-1"); port != "-1" {
		url += ":" + port
	}
	return given{name: setEndpoint, values: []string{url}, pos: host.pos}, true
}

// check finds what the file asks for and this program does not do.
func (p *properties) check() {
	if g, ok := p.values["authorizationtype"]; ok && !strings.EqualFold(g.text(), "v1HMAC") {
		p.fault(g.pos, "authorizationType is none that is known", "write v1HMAC, or leave it out")
	}
	if g, ok := p.values["proxy.uri"]; ok && g.text() != "" {
		p.warnings = append(p.warnings, fmt.Sprintf("%s: proxy.uri is not used; set HTTPS_PROXY instead", g.pos))
	}
	for _, key := range []string{"apikeyid", "secretapikey", "apisecret"} {
		if g, ok := p.values[key]; ok {
			p.warnings = append(p.warnings, fmt.Sprintf("%s: keys are not read from this file", g.pos))
		}
	}
}

// clip keeps what a message repeats of a file short and on one line.
func clip(text string) string {
	quoted := yamlfile.Quote(text)
	return quoted[1 : len(quoted)-1]
}
