using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Admin;

/// <summary>Where a server process listens: a file in its data folder, there while it runs.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Admin">The admin API, or null where the process has none.</param>
/// <param name="Http">The proxy, or null where the process has none.</param>
/// <param name="Grpc">The proxy for gRPC, or null where the process has none.</param>
/// <param name="Store">The socket of the cluster's store, or null where the process does not serve it.</param>
/// <param name="Metrics">The address of its own for scrapers, or null where only the admin API has the page.</param>
internal sealed record ServerAddresses(int Pid, Uri? Admin, Uri? Http, Uri? Grpc, string? Store = null, Uri? Metrics = null)
{
    /// <summary>The file of a process with the controller.</summary>
    public const string ServerFile = "server.json";

    /// <summary>The file of a process that is a node and nothing else.</summary>
    public const string NodeFile = "node.json";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ServerAddressesJson.Default.ServerAddresses);

    /// <summary>Reads a file of a data folder; null where no server has written it.</summary>
    public static ServerAddresses? Read(string dataFolder, string file = ServerFile)
    {
        var path = Path.Combine(dataFolder, file);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ServerAddressesJson.Default.ServerAddresses) : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServerAddresses))]
internal sealed partial class ServerAddressesJson : JsonSerializerContext;
