using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Identity;

/// <summary>
/// Names one replica for ever: <c>application#deployment#epoch-number</c>. The number is handed out by the leader of that epoch, so that
/// no two replicas share an id, not even across restarts of the controller.
/// </summary>
[JsonConverter(typeof(ReplicaIdConverter))]
internal readonly record struct ReplicaId(DeploymentId Deployment, long Epoch, long Number) : IComparable<ReplicaId>
{
    /// <summary>The part that tells it from the other replicas of its deployment.</summary>
    public string Suffix => $"{Epoch}-{Number}";

    public int CompareTo(ReplicaId other)
    {
        var byDeployment = Deployment.CompareTo(other.Deployment);
        if (byDeployment != 0)
            return byDeployment;
        var byEpoch = Epoch.CompareTo(other.Epoch);
        return byEpoch != 0 ? byEpoch : Number.CompareTo(other.Number);
    }

    public override string ToString() => $"{Deployment}{DeploymentId.Separator}{Suffix}";

    public static bool TryParse(string text, out ReplicaId id)
    {
        id = default;
        var parts = text.Split(DeploymentId.Separator);
        if (parts.Length != 3 || parts[0].Length == 0 || parts[1].Length == 0)
            return false;
        var numbers = parts[2].Split('-');
        if (numbers.Length != 2 || !long.TryParse(numbers[0], out var epoch) || !long.TryParse(numbers[1], out var number))
            return false;
        id = new ReplicaId(new DeploymentId(parts[0], parts[1]), epoch, number);
        return true;
    }
}

internal sealed class ReplicaIdConverter : JsonConverter<ReplicaId>
{
    public override ReplicaId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        return ReplicaId.TryParse(text, out var id) ? id : throw new JsonException($"'{text}' is not a replica id (application#deployment#epoch-number).");
    }

    public override void Write(Utf8JsonWriter writer, ReplicaId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
