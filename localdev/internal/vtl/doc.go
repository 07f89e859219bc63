// Package vtl runs the mapping templates of API Gateway: the part of the Velocity Template Language that people use in
// them, with $input, $context, $stageVariables and $util.
//
// It knows references ($x, ${x}, $!x, properties, indexes, the usual methods of strings, lists and maps), #set, #if, #elseif,
// #else, #end, #foreach with $foreach, #break, #stop, comments, and expressions with lists, ranges, maps and the operators in
// both spellings. It does not know macros and #evaluate. A reference to nothing stays as it is written, one to a missing
// member of $input, $context or $stageVariables is empty.
package vtl
