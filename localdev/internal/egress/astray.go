package egress

import (
	"regexp"
	"strings"
)

// note is what is said, once, of a host of AWS that is asked for and not answered here.
type note struct {
	Pattern string `json:"pattern"` // of the host, as Go, JavaScript and Python all read it
	Text    string `json:"text"`    // what comes behind the host
	grave   bool   // on AWS it would fail as well, or would not leave the template
}

// notes returns them: the first whose pattern matches counts.
func notes(region string) []note {
	const aws = `\.(amazonaws\.com(\.cn)?|api\.aws)$`
	goes := note{
		Pattern: aws,
		Text:    "is not emulated: what is asked of it goes to AWS, which does not know localdev's keys",
	}
	here := goes
	here.Pattern = `\.` + regexp.QuoteMeta(region) + aws
	return []note{
		{
			Pattern: `^execute-api\.[a-z0-9-]+` + aws,
			Text: "is a host that nobody has: give the client of @connections an endpoint, " +
				"https://{domainName}/{stage} with both from the event's requestContext",
			grave: true,
		},
		here,
		{
			Pattern: `(^|\.)(execute-api|dynamodb|lambda)\.[a-z0-9-]+` + aws,
			Text: "is not led to localdev, which runs as in " + region +
				": ask there, or start localdev with -region and the region of that host",
			grave: true,
		},
		goes,
	}
}

// tell has the log say, once, what comes of asking for a host that is not answered here.
func (p *Proxy) tell(host string) {
	host = strings.ToLower(host)
	n := p.note(host)
	if n == nil {
		return
	}
	if _, told := p.told.LoadOrStore(host, true); told {
		return
	}
	if n.grave {
		p.opt.Log.Warn("a function asks for a host of AWS", "why", host+" "+n.Text)
	} else {
		p.opt.Log.Info("a function asks for a host of AWS", "why", host+" "+n.Text)
	}
}

// note is what is said of a host, nil if nothing is.
func (p *Proxy) note(host string) *note {
	for i := range p.notes {
		if regexp.MustCompile(p.notes[i].Pattern).MatchString(host) {
			return &p.notes[i]
		}
	}
	return nil
}

var (
	ofAWS     = regexp.MustCompile(`[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|api\.aws)\b`)
	unreached = regexp.MustCompile(`no such host|dial tcp|i/o timeout|ENOTFOUND|ETIMEDOUT|Name or service not known|Could not connect`)
)

// Missed looks for a host of AWS in an error of a function. ours means that localdev answers for
// it, and that the client did not come here; else text is what to say of it, "" if that is nothing.
func (p *Proxy) Missed(failure string) (ours bool, text string) {
	host := ofAWS.FindString(failure)
	if host == "" {
		return false, ""
	}
	if _, here := p.prefix(host); here {
		return unreached.MatchString(failure), ""
	}
	if n := p.note(host); n != nil {
		return false, host + " " + n.Text
	}
	return false, ""
}
