" Graph description scripts of Ebb.
if exists("b:current_syntax")
  finish
endif

" Matches, not keywords: after a dot and before `=` they are names.
syn match ebbControl   /\<\%(for\|in\|if\|else\|return\|assert\)\>/
syn match ebbInclude   /\<\%(include\|use\)\>/
syn match ebbStatement /\<\%(option\|def\|layer\|input\|target\|param\|state\|output\|cost\|metric\|optimizer\|rewrite\|data\|train\)\>/
syn match ebbLogical   /\<\%(and\|or\|not\)\>/
syn match ebbBoolean   /\<\%(true\|false\)\>/
syn match ebbConstant  /\<training\>/
syn match ebbFunction  /\<\K\k*\ze(/
syn match ebbAssigned  /\<\K\k*'\?\ze\s*=\%([=>]\)\@!/
syn match ebbType      /:\s*\zs\%(real\|int\|bool\)\>/
syn match ebbMember    /\.\@1<!\.\K\k*/
syn match ebbNumber    /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?/
syn match ebbEscape    /\\["\\nt]/ contained
syn region ebbString   start=/"/ skip=/\\./ end=/"/ end=/$/ oneline contains=ebbEscape
syn match ebbComment   /#.*$/ contains=@Spell

hi def link ebbControl   Conditional
hi def link ebbInclude   Include
hi def link ebbStatement Statement
hi def link ebbLogical   Operator
hi def link ebbBoolean   Boolean
hi def link ebbConstant  Constant
hi def link ebbFunction  Function
hi def link ebbType      Type
hi def link ebbNumber    Number
hi def link ebbEscape    SpecialChar
hi def link ebbString    String
hi def link ebbComment   Comment

let b:current_syntax = "ebb"
