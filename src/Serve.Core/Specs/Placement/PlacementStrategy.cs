namespace Serve.Specs.Placement;

/// <summary>How the bundles of a placement group lie on the nodes.</summary>
internal enum PlacementStrategy
{
    /// <summary>On as few nodes as possible.</summary>
    PACK,

    /// <summary>On as many nodes as possible.</summary>
    SPREAD,

    /// <summary>All on one node.</summary>
    STRICT_PACK,

    /// <summary>Each on a node of its own.</summary>
    STRICT_SPREAD,
}
