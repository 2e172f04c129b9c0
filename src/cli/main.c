/* cli/main.c - the program `fettle`; everything it does is in the library, where tests reach it. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return (int)cli_main(argc, argv);
}
