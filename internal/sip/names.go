package sip

// canonical returns the long name of a field, as it is compared and sent.
func canonical(name string) string {
	b := []byte(name)
	for i, c := range b {
		first := i == 0 || b[i-1] == '-'
		switch {
		case first && 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		case !first && 'A' <= c && c <= 'Z':
			b[i] = c - 'A' + 'a'
		}
	}
	if long, ok := irregular[string(b)]; ok {
		return long
	}
	if string(b) == name {
		return name
	}
	return string(b)
}

// irregular are the names that are not capitalized word by word, and the compact ones (RFC 3261, 7.3.3;
// the later ones from the IANA registry).
var irregular = map[string]string{
	"Call-Id": "Call-ID", "Cseq": "CSeq", "Www-Authenticate": "WWW-Authenticate", "Mime-Version": "MIME-Version",
	"Min-Se": "Min-SE", "Rseq": "RSeq", "Rack": "RAck", "Sip-Etag": "SIP-ETag", "Sip-If-Match": "SIP-If-Match",
	"A": "Accept-Contact", "B": "Referred-By", "C": "Content-Type", "D": "Request-Disposition", "E": "Content-Encoding",
	"F": "From", "I": "Call-ID", "J": "Reject-Contact", "K": "Supported", "L": "Content-Length", "M": "Contact",
	"O": "Event", "R": "Refer-To", "S": "Subject", "T": "To", "U": "Allow-Events", "V": "Via", "X": "Session-Expires",
	"N": "Identity-Info", "Y": "Identity",
}

// isList reports whether Parse makes a Field of each member of the field's list.
func isList(name string) bool {
	switch name {
	case "Via", "Route", "Record-Route", "Contact", "Path", "Service-Route":
		return true
	}
	return false
}

// isSingle reports whether a second field of the name would make two readers of a message understand
// different things (RFC 3261, 7.3.1): of two, none is believed.
func isSingle(name string) bool {
	switch name {
	case "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type",
		"Expires", "Min-Expires", "Event", "Refer-To", "Replaces", "Session-Expires":
		return true
	}
	return false
}
