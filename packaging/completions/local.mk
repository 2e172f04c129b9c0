# Completion for shells, where each looks for it; what there is to complete is asked of the program.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
dist_bashcomp_DATA = packaging/completions/bash/fettle
dist_zshcomp_DATA = packaging/completions/zsh/_fettle
dist_fishcomp_DATA = packaging/completions/fish/fettle.fish
