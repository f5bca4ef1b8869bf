using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serve.Routing;

namespace Serve.Server.Store.Records;

/// <summary>The values of the store are JSON with snake-case names.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(DesiredProgram))]
[JsonSerializable(typeof(ProgramReport))]
[JsonSerializable(typeof(DesiredReplica))]
[JsonSerializable(typeof(ReplicaReport))]
[JsonSerializable(typeof(ApplicationRecord))]
[JsonSerializable(typeof(ClusterSettings))]
[JsonSerializable(typeof(RevisionRecord))]
[JsonSerializable(typeof(ApplicationRoutes))]
[JsonSerializable(typeof(DeploymentRoutes))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, typeof(T), Default);

    public static T Read<T>(byte[] value)
        where T : class =>
        (T?)JsonSerializer.Deserialize(value, typeof(T), Default) ?? throw new InvalidDataException($"The store holds null where a {typeof(T).Name} should be.");
}
