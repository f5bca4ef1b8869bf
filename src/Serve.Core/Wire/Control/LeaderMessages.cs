using System.Text.Json.Serialization;
using Serve.Identity;
using Serve.Routing.Load;

namespace Serve.Wire.Control;

/// <summary>What a node tells the leader over its line.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(NodeHello), "hello")]
[JsonDerivedType(typeof(NodeTold), "report")]
[JsonDerivedType(typeof(ReplicaAnswered), "answer")]
internal abstract record NodeMessage;

/// <summary>The first message: who is calling.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Incarnation">Which of its processes; it differs each time that the node starts.</param>
internal sealed record NodeHello(string Node, string Incarnation) : NodeMessage;

/// <summary>What is new on the node.</summary>
internal sealed record NodeTold(LoadReport Report) : NodeMessage;

/// <summary>The answer to <see cref="AskReplica"/>.</summary>
/// <param name="Id">The question's.</param>
/// <param name="Text">What the replica said, or null where it is not there.</param>
internal sealed record ReplicaAnswered(long Id, string? Text) : NodeMessage;

/// <summary>What the leader tells a node.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(AskReplica), "ask")]
internal abstract record LeaderMessage;

/// <summary>A question for a program, for its replica to answer; answered with <see cref="ReplicaAnswered"/>.</summary>
/// <param name="Id">Tells it from others.</param>
/// <param name="Replica">Who is asked.</param>
/// <param name="Text">The question as JSON.</param>
internal sealed record AskReplica(long Id, ReplicaId Replica, string Text) : LeaderMessage;
