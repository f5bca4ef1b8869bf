using System.Text.Json.Nodes;

namespace Serve.Server.Admin;

/// <summary>JSON merge patch (RFC 7396): a null takes a key away, an object is merged, anything else replaces. Pure.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        var result = target.DeepClone().AsObject();
        foreach (var (key, change) in patch)
        {
            if (change is null)
                result.Remove(key);
            else
                result[key] = change is JsonObject inner ? Apply(result[key] as JsonObject ?? [], inner) : change.DeepClone();
        }

        return result;
    }
}
