// Package vtl runs the mapping templates of API Gateway: the Velocity Template Language as its
// version 1.7 reads it, with $input, $context, $stageVariables and $util.
//
// It knows references ($x, ${x}, $!x, members, indexes, the usual methods of Java's strings, lists,
// maps and numbers), #set, #if, #elseif, #else, #end, #foreach with $foreach, #break, #stop,
// #define, #macro, #[[ text ]]#, comments, escapes by a backslash, and expressions with lists,
// ranges, maps and the operators in both spellings. There is no #parse, no #include and no
// #evaluate.
//
// API Gateway differs from plain Velocity in one thing, and so does this package: a reference to
// nothing is the empty string, in text and in expressions. As a reference is true unless it is
// false, #if($x) holds for what is not there. Lists and maps are written as Java writes them, {a=1,
// b=[x]}; a list that comes from JSON is written as JSON.
//
// Where API Gateway would quietly write nothing because a method does not exist, Run fails and
// names it: it may as well be one that is missing here.
package vtl
