namespace Serve.Hosting;

/// <summary>What curl needs beside the address to try an endpoint.</summary>
internal sealed record CurlExample(string Arguments);
