using System.CommandLine;
using Serve.Admin;

namespace Serve.Cli.Commands;

/// <summary>The options of the commands that talk to a running server. Each command has its own instance.</summary>
internal static class ClientOptions
{
    private const string AddressVariable = "SERVE_ADDRESS";
    private const string DefaultAddress = "http://127.0.0.1:8265";

    public static Option<Uri> Address() => new("--address", "-a")
    {
        Description = $"The address of the server's admin API; by default {AddressVariable}, or that of the server in the default data folder, or {DefaultAddress}.",
        DefaultValueFactory = static _ => FindDefault(),
        CustomParser = static result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
                return uri;
            result.AddError($"'{result.Tokens[0].Value}' is not an address such as {DefaultAddress}.");
            return null;
        },
    };

    private static Uri FindDefault() => Environment.GetEnvironmentVariable(AddressVariable) is { Length: > 0 } address
        ? new Uri(address)
        : ServerAddresses.Read(ServerOptions.DefaultDataFolder)?.Admin ?? new Uri(DefaultAddress);

    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };
}
