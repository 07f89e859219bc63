package infra

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

const label = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?` // of a name in the DNS

var hostName = regexp.MustCompile(`^` + label + `(\.` + label + `)*$`)

// maxHostName is DNS's.
const maxHostName = 253

func (p Props) checkSIP() error {
	if p.SIPDomain != "" && (len(p.SIPDomain) > maxHostName || !hostName.MatchString(p.SIPDomain)) {
		return fmt.Errorf("sipDomain %q: want a host such as calls.example, without a port", p.SIPDomain)
	}
	if p.SIPUsers != "" && p.SIPUsersParameter != "" {
		return errors.New("sipUsers and sipUsersParameter: want one of them, not both")
	}
	if _, err := digest.ParseUsers(p.SIPUsers, p.SIPDomain); err != nil {
		return fmt.Errorf("sipUsers: %w", err)
	}
	return checkParameter("sipUsersParameter", p.SIPUsersParameter)
}
