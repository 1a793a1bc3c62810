" Comments, includes, and K for `ebb help NAME`.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal suffixesadd=.ebb include=^\\s*include
setlocal keywordprg=ebb\ help
setlocal expandtab shiftwidth=2 softtabstop=2
let b:undo_ftplugin = "setl com< cms< sua< inc< kp< et< sw< sts<"
