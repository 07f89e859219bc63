package packet

// Error is what is wrong with a frame. It holds nothing of the frame, and is good to be shown.
type Error string

func (e Error) Error() string { return "parse error: " + string(e) }

// ErrReserved is the name of an event being Reserved. The reference server closes the connection of a
// 3.x or 4.x client for it. For clients 2.x it calls its own listeners, as if it had happened; to drop
// the event is safe.
const ErrReserved Error = "the name of the event is reserved"

const (
	errEmpty        Error = "the frame is empty"
	errUTF8         Error = "the frame is not UTF-8"
	errType         Error = "no such type of packet"
	errKind         Error = "no such type of message"
	errAttachments  Error = "the number of attachments is not one from 1 to 10"
	errID           Error = "the id of the acknowledgement is too large"
	errPayload      Error = "the payload is not what its type wants"
	errJSON         Error = "the payload is not JSON"
	errName         Error = "the event has no name"
	errBase64       Error = "the attachment is not base64"
	errPlaceholder  Error = "a placeholder stands for no attachment"
	errNotAttaching Error = "the attachment is not that of a message"
)
