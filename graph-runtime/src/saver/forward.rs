//! The calls of a checkpointer, handed on as they are.

/// The methods of an impl of [`Checkpointer`](crate::Checkpointer): each calls the method of this trait that has its name, on what
/// the expression makes of `self`.
macro_rules! forward {
    ($self:ident => $called:ident, $store:expr) => {
        fn store_id(&$self) -> $crate::StoreId {
            $called::store_id($store)
        }

        fn append(&$self, append: $crate::Append) -> $crate::StoreFuture<'_, ()> {
            $called::append($store, append)
        }

        fn head<'a>(&'a $self, thread: &'a $crate::ThreadKey) -> $crate::StoreFuture<'a, Option<$crate::Head>> {
            $called::head($store, thread)
        }

        fn get<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            id: $crate::CheckpointId,
        ) -> $crate::StoreFuture<'a, Option<Vec<u8>>> {
            $called::get($store, thread, id)
        }

        fn range<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            before: Option<$crate::CheckpointId>,
            limit: usize,
        ) -> $crate::StoreFuture<'a, Vec<($crate::CheckpointId, Vec<u8>)>> {
            $called::range($store, thread, before, limit)
        }

        fn newer<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            after: $crate::CheckpointId,
            limit: usize,
        ) -> $crate::StoreFuture<'a, Vec<($crate::CheckpointId, Vec<u8>)>> {
            $called::newer($store, thread, after, limit)
        }

        fn put_pending(&$self, entry: $crate::PutPending) -> $crate::StoreFuture<'_, ()> {
            $called::put_pending($store, entry)
        }

        fn pending<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            id: $crate::CheckpointId,
        ) -> $crate::StoreFuture<'a, Vec<(String, Vec<u8>)>> {
            $called::pending($store, thread, id)
        }

        fn deliver(&$self, delivery: $crate::Deliver) -> $crate::StoreFuture<'_, bool> {
            $called::deliver($store, delivery)
        }

        fn delivered<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            name: &'a str,
        ) -> $crate::StoreFuture<'a, Option<Vec<u8>>> {
            $called::delivered($store, thread, name)
        }

        fn deliveries<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            after: Option<&'a str>,
            limit: usize,
        ) -> $crate::StoreFuture<'a, Vec<(String, Vec<u8>)>> {
            $called::deliveries($store, thread, after, limit)
        }

        fn request<'a>(
            &'a $self,
            thread: &'a $crate::ThreadKey,
            request: &'a str,
        ) -> $crate::StoreFuture<'a, Option<$crate::CheckpointId>> {
            $called::request($store, thread, request)
        }

        fn prune(&$self, prune: $crate::Prune) -> $crate::StoreFuture<'_, ()> {
            $called::prune($store, prune)
        }

        fn delete<'a>(&'a $self, thread: &'a $crate::ThreadKey) -> $crate::StoreFuture<'a, ()> {
            $called::delete($store, thread)
        }

        fn threads<'a>(
            &'a $self,
            graph: &'a str,
            after: Option<&'a $crate::ThreadId>,
            limit: usize,
        ) -> $crate::StoreFuture<'a, Vec<($crate::ThreadId, $crate::Head)>> {
            $called::threads($store, graph, after, limit)
        }

        fn flush(&$self) -> $crate::StoreFuture<'_, ()> {
            $called::flush($store)
        }
    };
}
pub(super) use forward;
