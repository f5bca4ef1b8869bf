using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>Turns what nodes write into messages.</summary>
internal static class NodeMessages
{
    /// <returns>The message, or null where the key is none that nodes write.</returns>
    public static ControllerMessage? Read(string key, byte[]? value)
    {
        if (!key.StartsWith(ClusterKeys.Nodes, StringComparison.Ordinal))
            return null;
        var (node, tail) = ClusterKeys.SplitNode(key);
        return (tail, value) switch
        {
            ("info", null) => new NodeGone(node),
            ("info", _) => new NodeSeen(StoreJson.Read<NodeInfo>(value!)),
            (_, not null) when tail.StartsWith("status/replicas/", StringComparison.Ordinal) => new ReplicaReported(node, StoreJson.Read<ReplicaReport>(value)),
            (_, not null) when tail.StartsWith("status/programs/", StringComparison.Ordinal) => new ProgramReported(node, StoreJson.Read<ProgramReport>(value)),
            _ => null,
        };
    }
}
