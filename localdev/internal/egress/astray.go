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
	for _, n := range p.notes {
		if !regexp.MustCompile(n.Pattern).MatchString(host) {
			continue
		}
		if _, told := p.told.LoadOrStore(host, true); told {
			return
		}
		if n.grave {
			p.opt.Log.Warn("a function asks for a host of AWS", "why", host+" "+n.Text)
		} else {
			p.opt.Log.Info("a function asks for a host of AWS", "why", host+" "+n.Text)
		}
		return
	}
}
