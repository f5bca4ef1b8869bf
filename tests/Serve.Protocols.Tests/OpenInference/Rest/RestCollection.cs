namespace Serve.Protocols.Tests.OpenInference.Rest;

/// <summary>One after the other: they compare what the process has rented before and after.</summary>
[CollectionDefinition(nameof(RestCollection), DisableParallelization = true)]
public sealed class RestCollection;
