/* A layered provider that passes everything on, and tells whoever asks which upcalls it was given: what the cases
   about upcalls need, for a program has none. Built as provider.dll beside the case programs. */
#include "../../examples/pass_through_lsp.c"

__declspec(dllexport) LPWSPUPCALLTABLE WSPAPI ProviderUpcalls(void) { return &upcalls; }
