namespace Serve.Discovery;

/// <summary>A class that a program says is a deployment.</summary>
/// <param name="Type">The class.</param>
/// <param name="Name">The deployment's name, or null for that of the attribute or the class.</param>
/// <param name="Attribute">The options, or null for those of the class's own attribute.</param>
internal sealed record DeclaredDeployment(Type Type, string? Name = null, DeploymentAttribute? Attribute = null);
