# fish completion for fettle(1): the program itself says what a word could become, a candidate a line,
# see src/cli/cmd_complete.c.

function __fettle_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for candidate in ($program complete -- $words "$typed" 2>/dev/null)
        switch $candidate
            case :file :dir
                set -l option (string match -r -- '^--[^=]*=' "$typed")
                set -l path (string replace -r -- '^--[^=]*=' '' "$typed")
                if test $candidate = :dir
                    printf '%s\n' "$option"(__fish_complete_directories "$path" '')
                else
                    printf '%s\n' "$option"(__fish_complete_path "$path")
                end
            case '*'
                printf '%s\n' $candidate
        end
    end
end

complete -c fettle -f -a '(__fettle_complete)'
