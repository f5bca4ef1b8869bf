using System.Text.Json.Serialization;

namespace Serve.Admin;

/// <summary>Why a request to the admin API was refused.</summary>
/// <param name="Error">In one sentence.</param>
/// <param name="Errors">Each single thing, where there are several.</param>
internal sealed record AdminError(string Error, IReadOnlyList<string>? Errors = null);

/// <summary>The answer to an accepted request.</summary>
/// <param name="Message">What happens now.</param>
/// <param name="Warnings">What was not taken up, and why.</param>
internal sealed record AdminReply(string Message, IReadOnlyList<string>? Warnings = null);

/// <summary>The body of a scale request, as Ray Serve has it.</summary>
/// <param name="TargetNumReplicas">How many replicas shall run.</param>
internal sealed record ScaleRequest(int TargetNumReplicas);

/// <summary>Which interface this is, in the shape of <c>GET /api/ray/version</c>.</summary>
/// <param name="Version">The version of Ray's interface for jobs and applications.</param>
/// <param name="RayVersion">The version of Ray whose shapes these are; its clients refuse to talk to an older one.</param>
/// <param name="RayCommit">Empty.</param>
/// <param name="SessionName">The node that answers.</param>
/// <param name="ServeVersion">The version of Serve.</param>
internal sealed record VersionReply(string Version, string RayVersion, string RayCommit, string SessionName, string ServeVersion);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(InstanceDetails))]
[JsonSerializable(typeof(ApplicationDetails))]
[JsonSerializable(typeof(AdminError))]
[JsonSerializable(typeof(AdminReply))]
[JsonSerializable(typeof(AutoscalingDetails))]
[JsonSerializable(typeof(ClusterLoad))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(DeploymentExplanation))]
[JsonSerializable(typeof(RevisionHistory))]
[JsonSerializable(typeof(RollbackRequest))]
[JsonSerializable(typeof(ScaleRequest))]
[JsonSerializable(typeof(VersionReply))]
internal sealed partial class AdminJson : JsonSerializerContext;
