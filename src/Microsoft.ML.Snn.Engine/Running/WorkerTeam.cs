namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>
/// The threads that share the work inside one row: the caller's, and helpers that are held for the length of a call. A layer of a small
/// network takes some ten microseconds, too short to wake a sleeping thread for, so a held helper spins between layers.
/// </summary>
/// <remarks>
/// Helpers belong to the process: there are never more than the largest <see cref="SpikingNetwork.Threads"/> asked for, less one. Where
/// several calls run at once, the first takes them and the others compute alone, so cores are not oversubscribed.
/// </remarks>
internal sealed class WorkerTeam
{
    private static readonly Lock _lock = new();
    private static readonly Stack<Helper> _idle = [];
    private static int _created;

    private readonly Helper[] _helpers;
    private int _held;
    private int _working;

    /// <param name="workers">The caller's thread and at most so many, less one, helpers.</param>
    public WorkerTeam(int workers) => _helpers = new Helper[workers - 1];

    /// <summary>Takes the helpers that are free.</summary>
    public void Gather()
    {
        if (_helpers.Length == 0)
            return;
        lock (_lock)
        {
            while (_held < _helpers.Length)
            {
                if (_idle.TryPop(out Helper? helper))
                    _helpers[_held++] = helper;
                else if (_created < _helpers.Length)
                    _helpers[_held++] = new($"Spiking network {++_created}");
                else
                    break;
            }
        }
        for (int i = 0; i < _held; i++)
            _helpers[i].Hold();
    }

    /// <summary>Lets the helpers go.</summary>
    public void Release()
    {
        for (int i = 0; i < _held; i++)
            _helpers[i].Free();
        lock (_lock)
        {
            while (_held > 0)
                _idle.Push(_helpers[--_held]);
        }
    }

    /// <summary>Computes the current layer of <paramref name="run"/>: returns when all of it is done.</summary>
    public void Compute(NetworkRun run)
    {
        Volatile.Write(ref _working, _held);
        for (int i = 0; i < _held; i++)
            _helpers[i].Start(this, run, i + 1);
        run.ComputeShare(0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _working) > 0)
            wait.SpinOnce(sleep1Threshold: -1);
    }

    private sealed class Helper
    {
        // Some twenty microseconds; then the thread leaves its core to others now and then.
        private const int SpinsBeforeYield = 500;

        private readonly SemaphoreSlim _wake = new(0);
        private WorkerTeam? _team;
        private NetworkRun? _run;
        private int _worker;
        private volatile bool _isHeld;
        private volatile bool _hasWork;

        public Helper(string name) => new Thread(Loop) { Name = name, IsBackground = true }.Start();

        public void Hold()
        {
            _isHeld = true;
            _wake.Release();
        }

        public void Free() => _isHeld = false;

        public void Start(WorkerTeam team, NetworkRun run, int worker)
        {
            _team = team;
            _run = run;
            _worker = worker;
            _hasWork = true;
        }

        private void Loop()
        {
            while (true)
            {
                _wake.Wait();
                for (int spins = 0; _isHeld || _hasWork;)
                {
                    if (_hasWork)
                    {
                        _hasWork = false;
                        _run!.ComputeShare(_worker);
                        WorkerTeam team = _team!;
                        _run = null;
                        _team = null;
                        Interlocked.Decrement(ref team._working);
                        spins = 0;
                    }
                    else if (++spins < SpinsBeforeYield)
                        Thread.SpinWait(8);
                    else
                        Thread.Yield();
                }
            }
        }
    }
}
