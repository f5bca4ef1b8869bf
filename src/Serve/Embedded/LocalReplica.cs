using Serve.Replica;
using Serve.Routing;

namespace Serve.Embedded;

/// <summary>A replica in this process: calls go straight to its object, without a socket and without conversion.</summary>
internal sealed class LocalReplica : ReplicaEntry, IRoomListener
{
    private readonly AdmissionGate? _gate;

    /// <param name="id">The replica's id.</param>
    /// <param name="instance">The object.</param>
    /// <param name="gate">The door that other processes come through as well, or null where only this process's router leads to it.</param>
    public LocalReplica(string id, DeploymentInstance instance, AdmissionGate? gate = null)
        : base(id)
    {
        _gate = gate;
        Instance = instance;
        instance.Scope.Models?.Subscribe(OnModels);
    }

    public DeploymentInstance Instance { get; }

    /// <summary>Lets a call in if there is room.</summary>
    /// <param name="anyway">Whether it comes in without room as well.</param>
    public bool TryEnterGate(bool anyway) => _gate is null || (anyway ? _gate.TryEnterAnyway() : _gate.TryEnter(this) == Admission.Entered);

    /// <summary>The call is over.</summary>
    public void Leave() => _gate?.Exit();

    void IRoomListener.OnRoom() => OnFree();

    /// <summary>The service provider owns the object.</summary>
    protected override void Close() => Instance.Scope.Models?.Unsubscribe(OnModels);
}
