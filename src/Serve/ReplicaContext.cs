namespace Serve;

/// <summary>Which replica this is. Inject it into a deployment's constructor.</summary>
/// <param name="Application">The application's name; in embedded mode the name of the program.</param>
/// <param name="Deployment">The deployment's name.</param>
/// <param name="ReplicaId">The replica's id, unique for ever: <c>application#deployment#epoch-number</c>.</param>
/// <param name="IsEmbedded">Whether the program serves by itself, without a controller.</param>
public sealed record ReplicaContext(string Application, string Deployment, string ReplicaId, bool IsEmbedded);
