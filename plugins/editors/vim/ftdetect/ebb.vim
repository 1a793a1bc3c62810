au BufRead,BufNewFile *.ebb setfiletype ebb
