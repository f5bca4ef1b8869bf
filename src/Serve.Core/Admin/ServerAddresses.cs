using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Admin;

/// <summary>Where a server listens: the file <c>server.json</c> in its data folder, there while it runs.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Admin">The admin API.</param>
/// <param name="Http">The proxy, or null where there is none.</param>
/// <param name="Grpc">The proxy for gRPC, or null where there is none.</param>
internal sealed record ServerAddresses(int Pid, Uri Admin, Uri? Http, Uri? Grpc)
{
    public const string FileName = "server.json";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ServerAddressesJson.Default.ServerAddresses);

    /// <summary>Reads the file of a data folder; null where no server has written one.</summary>
    public static ServerAddresses? Read(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ServerAddressesJson.Default.ServerAddresses) : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServerAddresses))]
internal sealed partial class ServerAddressesJson : JsonSerializerContext;
